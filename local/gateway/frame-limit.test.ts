import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrameLimit } from './frame-limit.ts';

/** A client's frame: masked, as RFC 6455 wants it. */
function frame(payload: number): Buffer {
  const header =
    payload < 126
      ? Buffer.from([0x81, 0x80 | payload])
      : payload < 65_536
        ? Buffer.from([0x81, 0x80 | 126, payload >> 8, payload & 0xff])
        : Buffer.concat([Buffer.from([0x81, 0x80 | 127, 0, 0, 0, 0]), uint32(payload)]);
  // 0xff everywhere: bytes that are taken for a header by mistake would announce a huge frame.
  return Buffer.concat([header, Buffer.alloc(4 + payload, 0xff)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Cuts bytes into chunks of the given sizes, over and over. */
function* chunks(bytes: Buffer, sizes: number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const payloads = fc.array(
  fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 65_000, max: 70_000 })),
  {
    minLength: 1,
    maxLength: 5,
  },
);
const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1_000, max: 20_000 })), {
  minLength: 1,
  maxLength: 6,
});

it('finds a frame over the limit however the bytes are cut', () => {
  fc.assert(
    fc.property(payloads, sizes, (lengths, cuts) => {
      const limit = new FrameLimit(200);
      const bytes = Buffer.concat(lengths.map(frame));
      const exceeded = [...chunks(bytes, cuts)].some((chunk) => limit.exceededBy(chunk));
      expect(exceeded).toBe(lengths.some((length) => length > 200));
    }),
  );
});
