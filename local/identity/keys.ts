import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';
import { JsonFile } from './json-file.ts';

const rsaKey = z.object({
  kty: z.literal('RSA'),
  alg: z.literal('RS256'),
  use: z.literal('sig'),
  kid: z.string(),
  n: z.string(),
  e: z.string(),
  d: z.string(),
  p: z.string(),
  q: z.string(),
  dp: z.string(),
  dq: z.string(),
  qi: z.string(),
});

const poolKeys = z.object({
  /** Private: signs the pool's tokens. */
  signing: rsaKey,
  /** Signs the cookies of a sign-in under way. */
  cookie: z.string(),
});

export type PoolKeys = z.infer<typeof poolKeys>;

/** A pool's keys: made once and kept in `folder`, so that tokens outlive a restart of the local cloud. */
export async function loadKeys(folder: string): Promise<PoolKeys> {
  const path = join(folder, 'keys.json');
  const kept = JsonFile.read(path, poolKeys);
  if (kept) return kept;

  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const made = poolKeys.parse({
    signing: { ...jwk, alg: 'RS256', use: 'sig', kid: await calculateJwkThumbprint(jwk) },
    cookie: randomBytes(32).toString('hex'),
  });
  await new JsonFile(path, () => made).save();
  return made;
}
