import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const readyTimeoutMs = 120_000;
const stopTimeoutMs = 10_000;

/** A local cloud of this run's own, in another process: the clients' work is not on its event loop. */
export interface StartedCloud {
  url: string;
  pid: number;
  /** Its data folder, which goes with it. */
  data: string;
  stop(): Promise<void>;
}

/** Rejects, with what it printed, when the cloud is not ready within two minutes. */
export async function startCloud(): Promise<StartedCloud> {
  const data = mkdtempSync(join(tmpdir(), 'fanfare-load-'));
  const port = await freePort();
  const child = spawn(process.execPath, ['local/main.ts', '--port', String(port), '--data', data], {
    cwd: join(import.meta.dirname, '..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      await ended;
      clearTimeout(timer);
    }
    rmSync(data, { recursive: true, force: true });
  };
  const timer = setTimeout(() => child.kill('SIGKILL'), readyTimeoutMs);
  const printed: string[] = [];
  try {
    // Read to the end of the process, for a full pipe would stop it; `break` would close the pipe.
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        printed.push(line);
        if (line.includes('Fanfare is ready')) resolve();
      });
      child.once('exit', () => reject(new Error(`The local cloud did not start.\n${printed.join('\n')}`)));
    });
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return { url: `http://localhost:${port}`, pid: child.pid ?? 0, data, stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port');
  return address.port;
}
