import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import { type PushedMessage, pushedMessage } from '#shared/contract/push.ts';

/** A browser, as the servers know it: where it is pushed to, and keys of its own with which it opens what comes. */
export class PushBrowser {
  readonly endpoint: string;
  readonly keys: { p256dh: string; auth: string };
  readonly #ecdh = createECDH('prime256v1');
  readonly #auth = randomBytes(16);

  constructor(endpoint: string) {
    this.endpoint = endpoint;
    this.keys = {
      p256dh: this.#ecdh.generateKeys().toString('base64url'),
      auth: this.#auth.toString('base64url'),
    };
  }

  /** As `PushSubscription.toJSON()` gives it. */
  toJSON() {
    return { endpoint: this.endpoint, expirationTime: null, keys: this.keys };
  }

  /** Opens a push by the book (RFC 8291, 3.4, and RFC 8188, 2), and not by the library that closed it. */
  open(body: Buffer): PushedMessage {
    const salt = body.subarray(0, 16);
    const idLength = body.readUInt8(20);
    const sender = body.subarray(21, 21 + idLength);
    const encrypted = body.subarray(21 + idLength);
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.#ecdh.getPublicKey(), sender]);
    const secret = hkdf(this.#ecdh.computeSecret(sender), this.#auth, info, 32);
    const key = hkdf(secret, salt, 'Content-Encoding: aes128gcm\0', 16);
    const nonce = hkdf(secret, salt, 'Content-Encoding: nonce\0', 12);
    const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(encrypted.subarray(-16));
    const padded = Buffer.concat([decipher.update(encrypted.subarray(0, -16)), decipher.final()]);
    return pushedMessage.parse(JSON.parse(padded.subarray(0, padded.lastIndexOf(2)).toString()));
  }
}

function hkdf(secret: Buffer, salt: Buffer, info: string | Buffer, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, length));
}
