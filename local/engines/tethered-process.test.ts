import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it, vi } from 'vitest';
import { startTethered } from './tethered-process.ts';

it('kills a process that does not obey', async () => {
  const stubborn = startTethered('/bin/sh', ['-c', 'trap "" TERM; while :; do sleep 0.1; done']);
  await vi.waitFor(() => expect(isAlive(stubborn.pid)).toBe(true));
  await stubborn.stop();
  expect(isAlive(stubborn.pid)).toBe(false);
});

it('hands over what a process said before it ended', async () => {
  expect(await startTethered('/bin/sh', ['-c', 'echo "no port" >&2; exit 3']).ended).toBe('no port');
});

it('ends the child when its parent is killed without warning', async () => {
  const module = new URL('./tethered-process.ts', import.meta.url).href;
  const parent = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { startTethered } from ${JSON.stringify(module)}; console.log(startTethered('sleep', ['300']).pid);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = await once(createInterface(parent.stdout), 'line');
  const child = Number(line);
  expect(isAlive(child)).toBe(true);
  parent.kill('SIGKILL');
  await vi.waitFor(() => expect(isAlive(child)).toBe(false), 5_000);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
