import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll } from 'vitest';
import * as z from 'zod';
import { certificate } from './certificate.ts';
import { changedAssembly } from './changed-assembly.ts';

const functionProperties = z.looseObject({
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).default({ Variables: {} }),
});

/**
 * The app as it is synthesized, but that functions which call people's URLs may reach 127.0.0.1, and trust an
 * `httpsReceiver` there. For the file that calls it; gives the assembly's folder.
 */
export function assemblyThatReachesLoopback(): string {
  const trusted = mkdtempSync(join(tmpdir(), 'fanfare-trusted-'));
  const NODE_EXTRA_CA_CERTS = join(trusted, 'certificate.pem');
  writeFileSync(NODE_EXTRA_CA_CERTS, certificate.cert);
  const assembly = changedAssembly('FanfareRealtime', (resources) => {
    for (const { Type, Properties } of Object.values(resources)) {
      if (Type !== 'AWS::Lambda::Function') continue;
      const { Variables } = functionProperties.parse(Properties).Environment;
      if (!('REACHABLE_ADDRESSES' in Variables)) continue;
      const changed = { ...Variables, REACHABLE_ADDRESSES: '127.0.0.1', NODE_EXTRA_CA_CERTS };
      Properties.Environment = { Variables: changed };
    }
  });
  afterAll(() => {
    for (const folder of [trusted, assembly]) rmSync(folder, { recursive: true, force: true });
  });
  return assembly;
}

interface Received {
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

export interface HttpsReceiver {
  /** With the name for which its certificate is. */
  url: string;
  /** What it was sent in the running test. */
  received: Received[];
  /** What it answers; 204 unless the test says otherwise. */
  answer: (request: Received) => { status: number; headers?: Record<string, string> };
}

/** Somebody's HTTPS server, as pushes and webhooks know it, on 127.0.0.1. */
export function httpsReceiver(): () => HttpsReceiver {
  const well = () => ({ status: 204 });
  const receiver: HttpsReceiver = { url: '', received: [], answer: well };
  const server = createServer(certificate, async (request, response) => {
    const { url: path = '', headers } = request;
    const received = { path, headers, body: await buffer(request) };
    receiver.received.push(received);
    const { status, headers: told } = receiver.answer(received);
    response.writeHead(status, told).end();
  });
  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('It listens on no port');
    receiver.url = `https://localhost:${address.port}`;
  });
  afterEach(() => {
    receiver.answer = well;
    receiver.received.length = 0;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return () => receiver;
}
