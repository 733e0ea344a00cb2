import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { formatLogLine } from './log-line.ts';
import { tail } from './tail.ts';

/** Lines shown before the log is followed. */
const lastLines = 20;

const program = new Command('npm run logs --')
  .description("Follows one function's log: its last lines, then each new one. Ctrl-C ends it.")
  .argument('<function>', "the function's name or a part of it, e.g. deliver")
  .option('--data <dir>', 'where the local cloud keeps its data', '.fanfare')
  .action(async (fragment: string, { data }: { data: string }) => {
    const folder = join(data, 'logs');
    const log = findLog(folder, fragment);
    if ('problem' in log) {
      console.error(log.problem);
      process.exitCode = 1;
      return;
    }
    process.stdout.on('error', () => process.exit()); // The reader of a pipe has had enough: `| head`.
    process.on('SIGINT', () => process.exit());
    for await (const line of tail(join(folder, `${log.name}.log`), lastLines)) {
      process.stdout.write(`${process.stdout.isTTY ? formatLogLine(line) : line}\n`);
    }
  });

await program.parseAsync();

/** The one log that a fragment means, or a sentence that says why there is none. */
function findLog(folder: string, fragment: string): { name: string } | { problem: string } {
  const names = existsSync(folder)
    ? readdirSync(folder).flatMap((file) => /^(.+)\.log$/.exec(file)?.[1] ?? [])
    : [];
  if (names.length === 0) return { problem: 'nothing runs here yet: npm start first' };
  const wanted = fragment.toLowerCase();
  const found = names.filter((name) => name.toLowerCase().includes(wanted));
  const exact = found.filter((name) => `-${name.toLowerCase()}`.endsWith(`-${wanted}`));
  const [name, ...others] = exact.length > 0 ? exact : found;
  if (name === undefined) return { problem: `no log is named like "${fragment}"; there are: ${list(names)}` };
  if (others.length > 0) return { problem: `"${fragment}" may be: ${list([name, ...others])}` };
  return { name };
}

function list(names: string[]): string {
  return names.toSorted().join(', ');
}
