import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Artillery's own folder, with its package.json and lock: the main `npm ci` does not know of it. */
const folder = join(import.meta.dirname, 'install');

/** Artillery's command, to be run by Node. */
export const artilleryCommand = join(folder, 'node_modules/artillery/bin/run');

/** `npm ci` did not work out. */
class InstallError extends Error {
  override readonly name = 'InstallError';
}

/** Installs Artillery where that has not been done yet. @throws InstallError */
export async function installArtillery(say: (line: string) => void): Promise<void> {
  // npm writes this file last: without it an installation was broken off.
  if (existsSync(join(folder, 'node_modules/.package-lock.json')) && existsSync(artilleryCommand)) return;
  say('Installing Artillery into loadtest/artillery/install (470 MB, once, about a minute).');
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(npm, 'exit');
  if (code !== 0) throw new InstallError(`npm ci in ${folder} failed: Artillery is not installed.`);
}
