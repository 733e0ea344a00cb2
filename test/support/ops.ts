import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const prefix = 'npm run ops -- ';

/**
 * Carries out a command of the runbook (`npm run ops -- …`) against the cloud that runs on a data folder, and returns
 * what it prints. Rejects where it fails.
 */
export async function ops(command: string, dataDir: string): Promise<string> {
  if (!command.startsWith(prefix)) throw new Error(`Not a command of ops: ${command}`);
  const args = [...command.slice(prefix.length).split(' '), '--local', '--data', dataDir];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
  const { stdout } = await promisify(execFile)(process.execPath, ['ops/main.ts', ...args], { env });
  return stdout;
}
