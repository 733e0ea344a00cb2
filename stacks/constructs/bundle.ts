import { type BuildOptions, buildSync } from 'esbuild';

/** How a service's handler becomes what Lambda loads: `index.mjs` and its chunks, each with its source map beside it. */
export function bundleOptions(entry: string, outputDir: string) {
  return {
    entryPoints: { index: entry },
    outdir: outputDir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What is imported where it is needed is a file of its own, which a cold start need not read: most of the SDK's ways
    // to credentials, for one.
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // The SDK's and Powertools' ESM builds are the ones that tree-shake.
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    // Some CommonJS dependencies call require, which an ES module does not have.
    banner: { js: `import{createRequire}from'node:module';const require=createRequire(import.meta.url);` },
    logLevel: 'error',
  } satisfies BuildOptions;
}

/** @throws esbuild's error, which names file and line */
export function bundle(entry: string, outputDir: string): void {
  buildSync(bundleOptions(entry, outputDir));
}
