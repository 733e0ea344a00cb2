import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { watch } from 'chokidar';
import { type BuildContext, context, type Metafile } from 'esbuild';
import { bundleOptions } from '#stacks/constructs/bundle.ts';
import type { Cloud } from './cloud.ts';

export interface WatchOptions {
  /** The cloud that runs now. */
  current(): Cloud | undefined;
  /** Synthesizes anew and runs that; it tells of its own failures. */
  restart(): Promise<void>;
  /** Where rebuilt functions are written. */
  buildDir: string;
  signal: AbortSignal;
}

/** Editors write a file in several steps, and a branch switch writes many. */
const settleMs = 50;

/**
 * Rebuilds the functions that a saved file is part of and swaps their code in, which takes a fraction of a second;
 * their next event runs it. Stacks, the page and the client are taken up by a new synthesis.
 */
export async function watchProject({ current, restart, buildDir, signal }: WatchOptions): Promise<void> {
  const rebuilder = new Rebuilder(buildDir);
  await rebuilder.open(current());
  const changed = new Set<string>();
  let busy = Promise.resolve();

  const takeUp = async () => {
    const files = [...changed];
    changed.clear();
    if (files.length === 0 || signal.aborted) return;
    if (files.some((file) => /^(stacks|web|client)\/|^cdk\.json$/.test(file))) {
      console.log(`${files.join(', ')} changed: synthesizing…`);
      await restart();
      await rebuilder.open(current());
    } else {
      await rebuilder.rebuild(files, current());
    }
  };
  const watcher = watch(['services', 'shared', 'stacks', 'web', 'client', 'cdk.json'], {
    ignoreInitial: true,
    ignored: (path) => /\.test\.tsx?$|\/dist(\/|$)|\/node_modules(\/|$)/.test(path),
  });
  watcher.on('all', (_event, path) => {
    changed.add(relative('', resolve(path)));
    setTimeout(() => {
      busy = busy.then(takeUp);
    }, settleMs);
  });
  signal.addEventListener('abort', () => void watcher.close());
  await new Promise<void>((ready) => watcher.once('ready', ready));
}

interface Bundle {
  functionName: string;
  context: BuildContext<{ metafile: true; write: false }>;
  /** The project's files that it is made of, as esbuild names them: relative to the working folder. */
  inputs: Set<string>;
  builds: number;
}

/** Keeps esbuild's incremental state of each function's bundle. */
class Rebuilder {
  readonly #buildDir: string;
  #bundles: Bundle[] = [];

  constructor(buildDir: string) {
    this.#buildDir = buildDir;
  }

  /** Learns the functions of a cloud, and what each is made of. */
  async open(cloud: Cloud | undefined): Promise<void> {
    await Promise.all(this.#bundles.map((bundle) => bundle.context.dispose()));
    const functions = cloud?.deployment.find('AWS::Lambda::Function') ?? [];
    this.#bundles = await Promise.all(
      functions.flatMap(({ ref, metadata }) =>
        typeof metadata.Entry === 'string' ? [this.#openBundle(ref, metadata.Entry)] : [],
      ),
    );
  }

  /** Rebuilds what holds one of the files. A file that does not compile is told of, and the old code stays. */
  async rebuild(files: string[], cloud: Cloud | undefined): Promise<void> {
    const begun = performance.now();
    const touched = this.#bundles.filter(({ inputs }) => files.some((file) => inputs.has(file)));
    if (touched.length === 0) return;
    try {
      await Promise.all(touched.map((bundle) => this.#swap(bundle, cloud)));
      const names = touched.map(({ functionName }) => functionName).join(', ');
      console.log(`${files.join(', ')} → ${names}   ${Math.round(performance.now() - begun)} ms`);
    } catch (error) {
      console.error(error instanceof Error ? error.message : String(error));
    }
  }

  async #openBundle(functionName: string, entry: string): Promise<Bundle> {
    const options = {
      ...bundleOptions(entry, join(this.#buildDir, functionName)),
      metafile: true,
      write: false,
    } as const;
    const bundle = { functionName, context: await context(options), inputs: new Set<string>(), builds: 0 };
    await this.#build(bundle);
    return bundle;
  }

  async #build(bundle: Bundle) {
    const { metafile, outputFiles } = await bundle.context.rebuild();
    bundle.inputs = ownInputs(metafile);
    return outputFiles;
  }

  async #swap(bundle: Bundle, cloud: Cloud | undefined): Promise<void> {
    const files = await this.#build(bundle);
    bundle.builds++;
    // A folder for each build: an environment that is just starting reads one build or the other, never both.
    const folder = join(this.#buildDir, bundle.functionName, String(bundle.builds));
    mkdirSync(folder, { recursive: true });
    for (const { path, contents } of files) writeFileSync(join(folder, basename(path)), contents);
    cloud?.lambda.updateCode(bundle.functionName, folder);
  }
}

function ownInputs({ inputs }: Metafile): Set<string> {
  return new Set(Object.keys(inputs).filter((path) => !path.startsWith('node_modules/')));
}
