/** How long a hop takes, in milliseconds: every other one no longer than `p50`, 99 of 100 no longer than `p99`. */
export interface Latency {
  p50: number;
  p99: number;
}

/**
 * The hops that take time on AWS and next to none on one machine, for `--aws-timing`. Not among them: what happens here
 * as well (cold starts, the functions' own work) and the client's way to the region.
 */
export const awsLatencies = {
  /** From the write of a DynamoDB item to the invocation with its stream record. Measured on AWS by others. */
  stream: { p50: 213, p99: 552 },
  /** From SendMessage to the invocation with the message, standard queue. Measured on AWS by others. */
  queue: { p50: 16, p99: 105 },
  /** From PutEvents to the target of a rule. Measured on AWS by others. */
  bus: { p50: 148, p99: 387 },
  /** A PostToConnection call. Not measured: ten milliseconds is what the issue of this project reckons with. */
  post: { p50: 10, p99: 40 },
  /** A DynamoDB call. Not measured: "consistent single-digit millisecond performance" is DynamoDB's own promise. */
  table: { p50: 4, p99: 9 },
} as const satisfies Record<string, Latency>;

/** The next latency, in milliseconds. */
export type Draw = () => number;

/** What each hop is made to take longer. */
export type HopDelays = Record<keyof typeof awsLatencies, Draw>;

/** Draws for every hop of `awsLatencies`. */
export function awsTiming(): HopDelays {
  const { stream, queue, bus, post, table } = awsLatencies;
  return {
    stream: draw(stream),
    queue: draw(queue),
    bus: draw(bus),
    post: draw(post),
    table: draw(table),
  };
}

/** Of the standard normal distribution: 99 of 100 values are below. */
const z99 = 2.326;
/** One value in 370 is further out, and is drawn again: without end, a hop could take minutes. */
const zMost = 3;

/** A log-normal distribution, as network latencies have, through both percentiles. */
export function draw(latency: Latency, random: () => number = Math.random): Draw {
  return () => at(latency, boundedNormal(random));
}

/** What no draw is below. */
export function shortest(latency: Latency): number {
  return at(latency, -zMost);
}

function at({ p50, p99 }: Latency, z: number): number {
  return p50 * (p99 / p50) ** (z / z99);
}

/** By Box and Muller. */
function boundedNormal(random: () => number): number {
  for (;;) {
    const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    if (Math.abs(z) <= zMost) return z;
  }
}
