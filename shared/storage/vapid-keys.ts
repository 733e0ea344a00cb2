import { generateKeyPairSync } from 'node:crypto';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Documents } from './documents.ts';
import { pushKeys } from './keys.ts';

const keyPair = z.object({ publicKey: z.string(), privateKey: z.string() });

/** A P-256 key pair, base64url: the public one as the uncompressed point, the private one as its 32 bytes. */
export type KeyPair = z.infer<typeof keyPair>;

/**
 * The key pair by which push services know that a push comes from whom the person subscribed to (VAPID, RFC 8292). It
 * lies beside the subscriptions that it is good for, and is of no use without them: docs/decisions/vapid-keys.md.
 */
export class VapidKeys {
  readonly #documents: Documents;
  readonly #table: string;

  constructor(documents: Documents, table: string) {
    this.#documents = documents;
    this.#table = table;
  }

  /** Read consistently; undefined until somebody asked for them by `readOrMake`. */
  async read(): Promise<KeyPair | undefined> {
    const { Item } = await this.#documents.send(
      new GetCommand({ TableName: this.#table, Key: pushKeys.vapid, ConsistentRead: true }),
    );
    return keyPair.optional().parse(Item);
  }

  /** Makes the pair where there is none. Of many who do so at once, all get the same one. */
  async readOrMake(now: number): Promise<KeyPair> {
    const kept = await this.read();
    if (kept) return kept;
    const { publicKey, privateKey } = newKeyPair();
    const { Attributes } = await this.#documents.send(
      new UpdateCommand({
        TableName: this.#table,
        Key: pushKeys.vapid,
        // Each of the three as whoever came first wrote it.
        UpdateExpression:
          'SET publicKey = if_not_exists(publicKey, :public), privateKey = if_not_exists(privateKey, :private), createdAt = if_not_exists(createdAt, :now)',
        ExpressionAttributeValues: { ':public': publicKey, ':private': privateKey, ':now': now },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return keyPair.parse(Attributes);
  }
}

function newKeyPair(): KeyPair {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y, d } = z
    .object({ x: z.string(), y: z.string(), d: z.string() })
    .parse(privateKey.export({ format: 'jwk' }));
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return { publicKey: point.toString('base64url'), privateKey: d };
}
