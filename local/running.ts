import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Another cloud uses the data folder. */
export class RunningError extends Error {
  override readonly name = 'RunningError';
}

const running = z.object({
  pid: z.number().int(),
  port: z.number().int(),
  /** Of a cloud that is ready: what the AWS SDK needs to speak to it. */
  environment: z.record(z.string(), z.string()).optional(),
});

export type Running = z.infer<typeof running>;

/**
 * Takes a data folder for this process: two clouds on one would write the same files. Returns how to give it back.
 * A folder whose owner died is free.
 * @throws RunningError that names the owner
 */
export function takeDataFolder(dataDir: string, port: number): () => void {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'running.json');
  const owner = readOwner(file);
  if (owner && owner.pid !== process.pid && isAlive(owner.pid)) {
    throw new RunningError(
      `${dataDir} is in use by process ${owner.pid} on port ${owner.port}: stop that one, or give this one a folder of its own with \`--data\`.`,
    );
  }
  write(file, { pid: process.pid, port });
  return () => rmSync(file, { force: true });
}

/** Says in the data folder how the cloud that has taken it is spoken to. */
export function announceRunning(dataDir: string, port: number, environment: Record<string, string>): void {
  write(join(dataDir, 'running.json'), { pid: process.pid, port, environment });
}

/** The cloud that runs on a data folder, if one does. */
export function findRunning(dataDir: string): Running | undefined {
  const owner = readOwner(join(dataDir, 'running.json'));
  return owner && isAlive(owner.pid) ? owner : undefined;
}

/** It may hold keys, of use on this machine alone. */
function write(file: string, content: Running): void {
  writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
}

function readOwner(file: string) {
  try {
    return running.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    // Absent, or cut off in the middle of a crash: nobody's.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user is alive, and not ours to ask.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
