import { buildSync, type Metafile } from 'esbuild';
import { expect, it } from 'vitest';
import { bundleOptions } from './bundle.ts';

/** What Node reads of a function before its first event: its module, and what that imports, and so on. */
function loadedAtStart(entry: string): { bytes: number; packages: Set<string> } {
  const { metafile } = buildSync({ ...bundleOptions(entry, 'out'), metafile: true, write: false });
  const outputs: Metafile['outputs'] = metafile.outputs;
  const loaded = new Set(['out/index.mjs']);
  // Grows as it is walked.
  for (const path of loaded)
    for (const { kind, path: imported, external } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && !external) loaded.add(imported);
  const modules = [...loaded].flatMap((path) => Object.entries(outputs[path]?.inputs ?? {}));
  return {
    bytes: [...loaded].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0),
    packages: new Set(
      modules
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .flatMap(([path]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
    ),
  };
}

// A worker that starts makes people wait: 400 KB are 55 ms of CPU (docs/performance.md).
it('deliver loads no more than what its first job needs', () => {
  const { bytes, packages } = loadedAtStart('services/deliver/handler.ts');
  expect(bytes).toBeLessThan(420_000);
  expect([...packages]).toEqual(expect.arrayContaining(['zod', '@aws-sdk/client-dynamodb']));
  const unneeded = [
    // Posts are made without either.
    '@aws-sdk/client-apigatewaymanagementapi',
    'undici',
    // What is handed on needs it, and that is rare.
    '@aws-sdk/client-sqs',
    // On Lambda, credentials are variables of the environment.
    '@aws-sdk/nested-clients',
    '@aws-sdk/credential-provider-ini',
    '@aws-sdk/credential-provider-sso',
  ];
  expect(unneeded.filter((name) => packages.has(name))).toEqual([]);
});

it('the API loads the client of S3 when it is asked for a file', () => {
  const { packages } = loadedAtStart('services/api/handler.ts');
  expect(packages).toContain('@aws-sdk/client-dynamodb');
  expect(packages).not.toContain('@aws-sdk/client-s3');
});

it('no function loads the locales of zod', () => {
  const { metafile } = buildSync({
    ...bundleOptions('services/api/handler.ts', 'out'),
    metafile: true,
    write: false,
  });
  const modules = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const locales = modules.filter(
    ([path, { bytesInOutput }]) => path.includes('zod/v4/locales/') && bytesInOutput > 0,
  );
  expect(locales.map(([path]) => path)).toEqual([expect.stringMatching(/locales\/en\.js$/)]);
});
