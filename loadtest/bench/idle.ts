import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StartedCloud, startCloud } from '../start-cloud.ts';
import { memoryOfTree } from './process-memory.ts';
import type { BenchSection, Sample } from './results.ts';

/** After its start the cloud still starts the first environment of some functions. */
const warmSeconds = 10;
/** After the last connection: garbage is collected and environments that are not needed end within it. */
const idleSeconds = 60;
const sampleSeconds = 2;
/** The verdict takes the highest of these last ones. */
const settledSamples = 5;
/** Tabs that one person has open: so many connections share a token. */
const connectionsOfPerson = 10;
const clientsTimeoutMs = 150_000;
const boundMb = 600;

/** What the cloud takes of the machine's memory at one moment, in MB (2^20 bytes). */
interface Memory {
  /** Since the cloud was ready. */
  seconds: number;
  cloud: number;
  engine: number;
}

/**
 * Holds idle connections and reads what the whole local cloud takes of the machine's memory. Takes two minutes at most
 * usually, five where nothing answers.
 * @throws where not every connection was opened, or one was lost
 */
export async function benchIdle({ quick }: { quick: boolean }): Promise<BenchSection> {
  const connections = quick ? 1_000 : 10_000;
  const cloud = await startCloud();
  const readyAt = performance.now();
  const samples: Memory[] = [];
  const timer = setInterval(() => samples.push(measure(cloud, readyAt)), sampleSeconds * 1000);
  try {
    await sleep(warmSeconds * 1000);
    const ready = measure(cloud, readyAt);
    const connected = await holding(cloud, connections, async () => {
      const at = measure(cloud, readyAt);
      await sleep(idleSeconds * 1000);
      return at;
    });
    return section({ connections, quick, samples, ready, connected });
  } finally {
    clearInterval(timer);
    await cloud.stop();
  }
}

function measure({ pid }: StartedCloud, readyAt: number): Memory {
  const [cloud, ...others] = memoryOfTree(pid);
  const engine = others.reduce((sum, { bytes }) => sum + bytes, 0);
  const mb = 1024 * 1024;
  return {
    seconds: (performance.now() - readyAt) / 1000,
    cloud: (cloud?.bytes ?? 0) / mb,
    engine: engine / mb,
  };
}

/** Acts while another process holds connections; rejects where these are not, or not all, there until the end. */
async function holding<T>(cloud: StartedCloud, connections: number, act: () => Promise<T>): Promise<T> {
  const people = Math.ceil(connections / connectionsOfPerson);
  const script = join(import.meta.dirname, 'idle-clients.ts');
  const child = spawn(process.execPath, [script, cloud.url, String(people), String(connectionsOfPerson)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: clientsTimeoutMs + idleSeconds * 1000,
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async () => String((await lines.next()).value);
  try {
    if ((await said()) !== 'connected') throw new Error(`${connections} connections could not be opened`);
    const result = await act();
    child.stdin.end();
    const open = await said();
    if (open !== `open ${connections}`) throw new Error(`Of ${connections} connections: ${open}`);
    return result;
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

interface Held {
  connections: number;
  quick: boolean;
  samples: Memory[];
  ready: Memory;
  connected: Memory;
}

function section({ connections, quick, samples, ready, connected }: Held): BenchSection {
  const settled = samples.slice(-settledSamples);
  const highest = Math.max(...settled.map(total));
  const phases = [
    { name: 'ready, no connections', of: [ready] },
    { name: 'all connected', of: [connected] },
    { name: `idle for ${idleSeconds} s`, of: settled },
  ];
  return {
    id: 'idle',
    title: 'Idle connections',
    about: `${connections} WebSocket clients in another process connect through the authorizer and $connect, ${connectionsOfPerson} of each person, and stay. Resident memory, as the kernel counts it, of the whole local cloud: its own process, in which all functions run, and DynamoDB's engine with its helpers.`,
    tables: [
      {
        title: 'Resident memory of the local cloud',
        columns: [
          { name: 'when', unit: '' },
          { name: 'cloud and functions', unit: 'MB' },
          { name: 'DynamoDB', unit: 'MB' },
          { name: 'together', unit: 'MB' },
        ],
        rows: phases.map(({ name, of }) => ({
          name,
          cells: [of.map(({ cloud }) => cloud), of.map(({ engine }) => engine), of.map(total)].map(sample),
        })),
      },
    ],
    charts: [
      {
        title: 'Resident memory over time',
        x: { name: 'seconds since the cloud is ready', scale: 'linear' },
        y: { name: 'memory', unit: 'MB', scale: 'linear' },
        series: [
          { name: 'together', points: points(samples, total) },
          { name: 'cloud and functions', points: points(samples, ({ cloud }) => cloud) },
          { name: 'DynamoDB', points: points(samples, ({ engine }) => engine) },
        ],
      },
    ],
    verdicts: quick
      ? []
      : [
          {
            claim: '10,000 idle connections held by the whole local cloud',
            bound: { atMost: boundMb },
            measured: highest,
            unit: 'MB',
            holds: highest <= boundMb,
          },
        ],
  };
}

function total({ cloud, engine }: Memory): number {
  return cloud + engine;
}

function points(samples: Memory[], of: (memory: Memory) => number) {
  return samples.map((memory) => ({ x: memory.seconds, y: sample([of(memory)]) }));
}

function sample(values: number[]): Sample {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted.at(0) ?? 0;
  return { low, median: sorted[Math.floor(sorted.length / 2)] ?? low, high: sorted.at(-1) ?? low };
}
