import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { bundle } from '#stacks/constructs/bundle.ts';
import { mostSlots } from '../../services/deliver/slots.ts';
import type { BenchSection } from './results.ts';
import { sampleOf, verdict } from './statistics.ts';

const folder = join(import.meta.dirname, 'post-path');
const kinds = ['own', 'sdk'] as const;
type Kind = (typeof kinds)[number];
const names = { own: "deliver's own", sdk: 'SDK client' };

/** Posts of a fresh process that count as its cold ones. */
const coldPosts = 1_000;
/** What a post takes, about, on AWS. */
const delayMs = 10;

const figures = z.object({ cpuMs: z.number(), wallMs: z.number() });
type Figures = z.infer<typeof figures>;

/** What PostToConnection costs the process that calls it: by deliver's own path, and by the SDK's client. */
export async function benchPostPath({
  quick,
  rounds,
}: {
  quick: boolean;
  rounds: number;
}): Promise<BenchSection> {
  const builds = mkdtempSync(join(tmpdir(), 'fanfare-post-path-'));
  using processes = new Processes(builds);
  const sink = processes.start('sink.ts');
  const { endpoint } = z.object({ endpoint: z.string() }).parse(await told(sink));
  for (const kind of kinds) bundle(join(folder, `${kind}-posts.ts`), join(builds, kind));
  const start = (kind: Kind) => processes.start('client.ts', join(builds, kind, 'index.mjs'), endpoint);

  const posts = { own: quick ? 10_000 : 30_000, sdk: quick ? 2_000 : 6_000 };
  const warm = { own: start('own'), sdk: start('sdk') };
  for (const kind of kinds) await post(warm[kind], posts[kind]);

  const found: Record<'warm' | 'cold', Record<Kind, Figures[]>> = {
    warm: { own: [], sdk: [] },
    cold: { own: [], sdk: [] },
  };
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) {
      found.warm[kind].push(await post(warm[kind], posts[kind]));
      const fresh = start(kind);
      found.cold[kind].push(await post(fresh, coldPosts));
      fresh.kill();
    }
  }

  const delayed = quick ? 2_000 : 5_000;
  sink.send({ delayMs });
  const slow: number[] = [];
  for (let round = 0; round < rounds; round++) slow.push((await post(warm.own, delayed)).wallMs);
  const ideal = (delayed * delayMs) / mostSlots;

  const warmMicros = (kind: Kind) =>
    sampleOf(found.warm[kind].map(({ cpuMs }) => (cpuMs * 1_000) / posts[kind]));
  const perSecond = (kind: Kind) =>
    sampleOf(found.warm[kind].map(({ wallMs }) => (posts[kind] * 1_000) / wallMs));
  const cold = (kind: Kind, what: keyof Figures) => sampleOf(found.cold[kind].map((each) => each[what]));
  return {
    id: 'post-path',
    title: 'A post',
    about: `PostToConnection, called in one process and answered at once by another, over kept-alive HTTP/1.1: by deliver's own signer and sockets with ${mostSlots} under way, and by the SDK's client as it comes with 32. Both are bundled as for Lambda. CPU is that of the calling process, by the operating system. Warm is after ${posts.own.toLocaleString('en')} posts (the SDK: ${posts.sdk.toLocaleString('en')}); cold is a fresh process, from the loading of its bundle to the answer of its post number ${coldPosts.toLocaleString('en')}. Own and SDK take turns.`,
    tables: [
      {
        title: 'CPU a post',
        columns: [
          { name: '', unit: '' },
          { name: 'warm, CPU a post', unit: 'µs' },
          { name: 'warm, posts', unit: '1/s' },
          { name: `first ${coldPosts.toLocaleString('en')} of a process, CPU`, unit: 'ms' },
          { name: 'and time', unit: 'ms' },
        ],
        rows: kinds.map((kind) => ({
          name: names[kind],
          cells: [warmMicros(kind), perSecond(kind), cold(kind, 'cpuMs'), cold(kind, 'wallMs')],
        })),
      },
      {
        title: `${delayed.toLocaleString('en')} posts that take ${delayMs} ms each`,
        columns: [
          { name: '', unit: '' },
          { name: 'time to the last', unit: 'ms' },
          { name: `posts × ${delayMs} ms / ${mostSlots}`, unit: 'ms' },
        ],
        rows: [{ name: names.own, cells: [sampleOf(slow), ideal] }],
      },
    ],
    charts: [],
    verdicts: [
      verdict(
        "A post takes at most 1/12 of the SDK client's CPU, warm",
        { atMost: 1 / 12 },
        warmMicros('own').median / warmMicros('sdk').median,
        'of it',
      ),
      verdict(
        `The first ${coldPosts.toLocaleString('en')} posts of a process take at most 1/3.5 of the SDK client's CPU`,
        { atMost: 1 / 3.5 },
        cold('own', 'cpuMs').median / cold('sdk', 'cpuMs').median,
        'of it',
      ),
      verdict(
        `With posts of ${delayMs} ms, all are made within 1.3 × posts × ${delayMs} ms / concurrency`,
        { atMost: 1.3 },
        sampleOf(slow).median / ideal,
        '×',
      ),
    ],
  };
}

/** What was started, to be ended together. */
class Processes implements Disposable {
  readonly #started: ChildProcess[] = [];
  readonly #builds: string;

  constructor(builds: string) {
    this.#builds = builds;
  }

  start(file: string, ...args: string[]): ChildProcess {
    const child = fork(join(folder, file), args, {
      env: {
        ...process.env,
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'secret',
        // About as long as a role's.
        AWS_SESSION_TOKEN: 't'.repeat(800),
      },
    });
    this.#started.push(child);
    return child;
  }

  [Symbol.dispose](): void {
    for (const child of this.#started) child.kill();
    rmSync(this.#builds, { recursive: true });
  }
}

async function post(client: ChildProcess, posts: number): Promise<Figures> {
  client.send(posts);
  return figures.parse(await told(client));
}

async function told(child: ChildProcess): Promise<unknown> {
  const stop = new AbortController();
  const { signal } = stop;
  const failed = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`A process of the bench ended with ${code}`);
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), failed]);
    return message;
  } finally {
    failed.catch(() => {});
    stop.abort();
  }
}
