import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { limits } from '#shared/contract/limits.ts';

/** What one run does. Every number has a bound: this is a measurement, not a way to bring a machine down. */
export interface Options {
  /** The local cloud, without a trailing slash. */
  url: string;
  /** Start a local cloud for this run alone, instead of using the one at `url`. */
  start: boolean;
  connections: number;
  /** Messages a second, of all senders together. */
  rate: number;
  seconds: number;
  senders: number;
  json: boolean;
}

const parsed = z.object({
  url: z.string(),
  start: z.boolean().default(false),
  connections: z.number(),
  rate: z.number(),
  seconds: z.number(),
  senders: z.number().optional(),
  json: z.boolean().default(false),
});

/** Receipts that are remembered, one number each. */
const mostDeliveries = 10_000_000;

/** Reads the command line. Ends the process, with one sentence, where it asks for what cannot be. */
export function readOptions(argv: string[]): Options {
  const program = new Command('node loadtest/fanout.ts')
    .description(
      'One room, many connections: is every message delivered to everybody, in order, and how fast?',
    )
    .option('--url <url>', 'the local cloud to measure', localUrl, 'http://localhost:4000')
    .option('--start', 'start a local cloud for this run, on a free port and in a temporary folder')
    .option('--connections <number>', 'people in the room, one socket each', wholeNumber(5_000), 1_000)
    .option('--rate <number>', 'messages a second, of all senders together', wholeNumber(500), 20)
    .option('--seconds <number>', 'how long messages are sent', wholeNumber(600), 30)
    .option(
      '--senders <number>',
      'how many of the people send, by turns (default: as many as rate)',
      wholeNumber(5_000),
    )
    .option('--json', 'print the result as JSON')
    .showHelpAfterError()
    .parse(argv);
  const { senders: asked, ...options } = parsed.parse(program.opts());
  const { rate, seconds, connections } = options;

  const senders = asked ?? Math.min(connections, rate);
  if (senders > connections) program.error('There cannot be more senders than connections.');
  if (rate / senders > limits.sendsPerSecond)
    program.error(`A member may send ${limits.sendsPerSecond} messages a second: ${rate} need more senders.`);
  if (rate * seconds * connections > mostDeliveries)
    program.error(`rate x seconds x connections may be at most ${mostDeliveries}.`);
  return { ...options, senders };
}

/** A commander argument parser for 1 to `max`. */
function wholeNumber(max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1 && number <= max) return number;
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${max}.`);
  };
}

/** This machine only: the load is for a developer's own cloud, and its tokens are given to nobody else. */
function localUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname))
    return url.origin;
  throw new InvalidArgumentError('Expected http://localhost or http://127.0.0.1 with a port.');
}
