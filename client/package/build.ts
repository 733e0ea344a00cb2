import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import * as z from 'zod';

const root = join(import.meta.dirname, '../..');

/**
 * Writes the client as a package of its own to `folder`: one ES module without imports, and its types, which are
 * inferred from the contract's Zod schemas and so need Zod where one compiles, and nowhere else. `npm pack` or
 * `npm publish` do the rest.
 */
export async function buildPackage(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await Promise.all([bundle(folder), declare(folder)]);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  writeFileSync(join(folder, 'LICENSE'), readFileSync(join(root, 'LICENSE')));
}

async function bundle(folder: string): Promise<void> {
  await build({
    entryPoints: [join(root, 'client/index.ts')],
    outfile: join(folder, 'index.js'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    sourcemap: true,
  });
}

async function declare(folder: string): Promise<void> {
  const flags = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', root];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const project = join(import.meta.dirname, 'tsconfig.json');
  const outDir = join(folder, 'types');
  await promisify(execFile)(process.execPath, [tsc, '-p', project, ...flags, '--outDir', outDir]);
}

function manifest() {
  const own = z
    .object({ version: z.string(), license: z.string(), dependencies: z.object({ zod: z.string() }) })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  return {
    name: 'fanfare-client',
    version: own.version,
    description: 'The typed client of Fanfare, real-time chat on AWS without servers',
    license: own.license,
    type: 'module',
    sideEffects: false,
    exports: { '.': { types: './types/client/index.d.ts', default: './index.js' } },
    imports: { '#shared/*.ts': './types/shared/*.d.ts' },
    files: ['index.js', 'index.js.map', 'types'],
    peerDependencies: { zod: `^${own.dependencies.zod}` },
    peerDependenciesMeta: { zod: { optional: true } },
  };
}
