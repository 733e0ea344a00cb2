import { join } from 'node:path';
import { build } from 'esbuild';

/** The page's files by their names in its folder. */
export type PageFiles = Map<string, { type: string; body: Uint8Array | string }>;

const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Fanfare console</title>
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="styles.css" />
  </head>
  <body>
    <div id="root"></div>
    <noscript>The console needs JavaScript.</noscript>
    <script type="module" src="main.js"></script>
  </body>
</html>
`;

/** Bundles the page, in memory and in about 100 ms: whoever never opens it pays nothing. */
export async function bundlePage(): Promise<PageFiles> {
  const { outputFiles } = await build({
    entryPoints: ['main.tsx', 'styles.css'].map((name) => join(import.meta.dirname, 'page', name)),
    outdir: 'page',
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2023',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  });
  const files: PageFiles = new Map([['', { type: 'text/html; charset=utf-8', body: html }]]);
  for (const { path, contents } of outputFiles) {
    const isStyle = path.endsWith('.css');
    const type = isStyle ? 'text/css' : 'text/javascript';
    files.set(isStyle ? 'styles.css' : 'main.js', { type, body: contents });
  }
  return files;
}
