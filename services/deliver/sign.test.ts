import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type AwsCredentials, PostSigner, sha256 } from './sign.ts';

const region = 'eu-central-1';
const service = 'execute-api';

/** What AWS's own signer makes of the same request. */
async function awsHeaders(
  method: string,
  host: string,
  path: string,
  body: Uint8Array,
  now: Date,
  credentials: AwsCredentials,
): Promise<Record<string, string>> {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, applyChecksum: false });
  const request = new HttpRequest({ method, hostname: host, path, headers: { host }, body });
  const { host: _, ...signed } = (await signer.sign(request, { signingDate: now })).headers;
  return signed;
}

function headersOf(lines: string): Record<string, string> {
  const [end, ...headers] = lines.split('\r\n').toReversed();
  if (end !== '') throw new Error('The last line does not end');
  return Object.fromEntries(headers.map((line) => line.split(/: ?(.*)/).slice(0, 2)));
}

/** Ids as API Gateway makes them, and anything else that a path can carry. */
const connectionIds = fc.oneof(
  fc.base64String({ minLength: 4, maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom('=', '+', '/', '%', '!', "'", '(', ')', '*', '~', ' ', 'é', '🙂', 'a'),
    minLength: 1,
  }),
  // Dots alone are path segments that a URL does not keep.
  fc.string({ unit: 'grapheme', minLength: 1 }).filter((id) => !/^\.{1,2}$/.test(id)),
);
const keys = fc.record({
  accessKeyId: fc.stringMatching(/^A[KS]IA[A-Z0-9]{16}$/),
  secretAccessKey: fc.base64String({ minLength: 40, maxLength: 40 }),
  sessionToken: fc.option(fc.base64String({ minLength: 4, maxLength: 400 }), { nil: undefined }),
});
const requests = fc.record({
  id: connectionIds,
  body: fc.uint8Array({ maxLength: 500 }),
  now: fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
});

it("signs every request as AWS's own signer does", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('POST' as const, 'DELETE' as const),
      fc.constantFrom('a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com', '127.0.0.1:4567'),
      fc.constantFrom('/ws/@connections/', "/$default/(it's)/!*/@connections/"),
      keys,
      fc.array(requests, { minLength: 1, maxLength: 3 }),
      async (method, host, folder, credentials, several) => {
        const signer = new PostSigner({ method, host, folder, region, service }, credentials);
        // One signer for several days: the derived key must follow.
        for (const { id, body, now } of several) {
          const segment = encodeURIComponent(id);
          const path = folder + segment;
          expect(headersOf(signer.sign(segment, sha256(body), now.getTime()))).toEqual(
            await awsHeaders(method, host, path, body, now, credentials),
          );
        }
      },
    ),
    { numRuns: 200 },
  );
});
