import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { now } from './clock.ts';

it('is the same clock in another process', () => {
  const read = `import(${JSON.stringify(join(import.meta.dirname, 'clock.ts'))}).then(({ now }) => console.log(now()))`;
  const before = now();
  const there = Number(execFileSync(process.execPath, ['-e', read], { encoding: 'utf8' }));
  const after = now();
  expect(there).toBeGreaterThan(before);
  expect(there).toBeLessThan(after);
});
