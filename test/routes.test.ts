import { Router } from '@aws-lambda-powertools/event-handler/http';
import { expect, it, vi } from 'vitest';
import * as z from 'zod';
import { routes } from '#shared/contract/routes.ts';

it('the HTTP API serves the contract’s routes, and no others', async () => {
  for (const table of ['PEOPLE', 'ROOMS', 'MESSAGES', 'CONNECTIONS']) vi.stubEnv(`${table}_TABLE`, table);
  vi.stubEnv('ATTACHMENTS_BUCKET', 'files');
  const registering = vi.spyOn(Router.prototype, 'route');
  await import('../services/api/handler.ts');

  const registered = registering.mock.calls.map(([handler, options]) => ({
    handler,
    ...z.object({ method: z.string(), path: z.string() }).parse(options),
  }));
  // Each path takes all methods, to tell which ones it serves; OPTIONS it never does.
  const refusals = new Map(
    registered.filter(({ method }) => method === 'OPTIONS').map(({ path, handler }) => [path, handler]),
  );
  const served = registered
    .filter(({ path, handler }) => handler !== refusals.get(path))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  expect(served.toSorted()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).toSorted());
});
