import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { limits } from '#shared/contract/limits.ts';
import type { Sizes } from './plan.ts';

/** What one run does. Every number has a bound: this is a measurement, not a way to bring anything down. */
export interface Options extends Sizes {
  /** A deployment's WebSocket. Without it, the local cloud. */
  target: URL | undefined;
  /** Where a local cloud is looked for. */
  data: string;
  /** The bound of push latency's p99, in ms. */
  p99: number;
  /** A folder for the reports. */
  out: string;
}

const parsed = z.object({
  target: z.instanceof(URL).optional(),
  data: z.string(),
  users: z.number(),
  rooms: z.number(),
  seconds: z.number(),
  rate: z.number(),
  burst: z.number(),
  p99: z.number(),
  out: z.string(),
  smoke: z.boolean().default(false),
});

/** Looks whether everything works, on a machine that may be busy: no figures to quote. */
const smoke = { users: 20, rooms: 5, seconds: 20, rate: 10, burst: 5, p99: 20_000 };

/** Artillery's one worker receives some 20,000 messages a second on two cores; half of that says how the cloud does. */
const mostDeliveries = 10_000;

/** Reads the command line. Ends the process, with one sentence, where it asks for what cannot be. */
export function readOptions(argv: string[]): Options {
  const program = new Command('npm run loadtest --')
    .description(
      'People who join rooms, mostly listen, lose the network and come back: does everything arrive?',
    )
    .option('--target <url>', 'a deployment, as wss://<domain>/ws; without it, the local cloud', deployed)
    .option(
      '--data <folder>',
      'the data folder of the local cloud; if none runs on it, one is started',
      '.fanfare',
    )
    .option('--users <number>', 'people, one socket each', wholeNumber(2, 5_000), 200)
    .option('--rooms <number>', 'rooms, joined by a Zipf law', wholeNumber(1, 500), 20)
    .option('--seconds <number>', 'how long it takes, all phases together', wholeNumber(20, 1_800), 120)
    .option('--rate <number>', 'messages a second, of all people together', wholeNumber(1, 500), 10)
    .option('--burst <number>', 'how many times as many in the burst', wholeNumber(1, 50), 10)
    .option('--p99 <ms>', "fail where push latency's p99 is above", wholeNumber(1, 60_000), 2_000)
    .option('--smoke', `twenty people for twenty seconds: does it work at all?`)
    .option('--out <folder>', 'where the reports go', '.fanfare/loadtest')
    .showHelpAfterError()
    .allowExcessArguments(false)
    .parse(argv);
  const { smoke: isSmoke, target, ...given } = parsed.parse(program.opts());
  const options = { ...given, ...(isSmoke && smoke), target };

  const each = (options.rate * options.burst) / options.users;
  if (each > limits.sendsPerSecond / 2)
    program.error(
      `In the burst each of ${options.users} would send ${each.toFixed(1)} messages a second: people do not.`,
    );
  const deliveries = options.rate * options.burst * options.users * popularity(options);
  if (deliveries > mostDeliveries)
    program.error(
      `The burst would be some ${Math.round(deliveries)} deliveries a second, and Artillery is good for ${mostDeliveries}: npm run bench goes further.`,
    );
  return options;
}

/** About how much of everybody hears a message: three rooms of each person, by Zipf, of which one is spoken in. */
function popularity({ rooms }: Sizes): number {
  return rooms <= 3 ? 1 : 0.5;
}

/** A commander argument parser. */
function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

/** Deployments are TLS only; the local cloud is found by its data folder, where its keys are. */
function deployed(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'wss:' || url?.protocol === 'https:') return url;
  throw new InvalidArgumentError('Expected wss://<domain>/ws. The local cloud needs no --target.');
}
