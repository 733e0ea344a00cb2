import { type Command, type CommanderError, InvalidArgumentError } from 'commander';
import { explain } from './explain.ts';
import { pointToLocalCloud } from './target.ts';

/** The options that every command has. */
export interface CommonOptions {
  /** The running local cloud, on the port that it should have; undefined for AWS. */
  local?: true | number;
  data: string;
  json?: true;
}

/** The command could not be carried out. */
const cannotExitCode = 2;

/** Adds a command with the options that all have. Before its action runs, the AWS SDK is pointed to the target. */
export function command(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--local [port]', 'the local cloud that runs (npm start) in place of AWS', parsePort)
    .option('--data <folder>', "the local cloud's data folder", '.fanfare')
    .option('--json', 'print one JSON document')
    .allowExcessArguments(false)
    .hook('preAction', (_, action) => {
      const { local, data } = action.opts<CommonOptions>();
      if (local !== undefined) pointToLocalCloud(data, local === true ? undefined : local);
    });
}

/** Ends the process after wrong usage, or after `--help`, in commander's place. */
export function exit({ exitCode }: CommanderError): never {
  process.exit(exitCode === 0 ? 0 : cannotExitCode);
}

/** Runs the program; an error is one clear sentence on standard error, and exit code 2. */
export async function run(program: Command): Promise<void> {
  process.stdout.on('error', () => process.exit()); // The reader of a pipe has had enough: `| head`.
  try {
    await program.parseAsync();
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = cannotExitCode;
  }
}

function parsePort(value: string): number {
  const port = Number(value);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 1 to 65535; put --local behind the arguments.');
}
