import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Has much garbage, and then nothing to do; says how many MB its heap has before and after. */
const script = `
  import { collectWhenIdle } from ${JSON.stringify(join(import.meta.dirname, 'collect-when-idle.ts'))};
  const heap = () => Math.round(process.memoryUsage().heapUsed / 2 ** 20);
  let garbage = Array.from({ length: 500_000 }, (_, i) => ({ i }));
  const before = heap();
  garbage = undefined;
  collectWhenIdle(100);
  const started = Date.now();
  const timer = setInterval(() => {
    if (heap() > before / 2 && Date.now() - started < 20_000) return;
    clearInterval(timer);
    console.log(JSON.stringify([before, heap()]));
  }, 50);
`;

it('gives back what a busy time has left behind, once there is nothing to do', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const [before, after] = JSON.parse(stdout);
  expect(after).toBeLessThan(before / 2);
});
