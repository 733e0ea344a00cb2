import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** `npm run screens`: takes the pictures of docs/screens.md anew, on the walk that the test takes. */
const vitest = join('node_modules', 'vitest', 'vitest.mjs');
const child = spawn(process.execPath, [vitest, 'run', 'test/browser/walkthrough.test.ts'], {
  env: { ...process.env, FANFARE_SCREENS: 'docs/screens' },
  stdio: 'inherit',
});
const [code] = await once(child, 'exit');
process.exitCode = code ?? 1;
