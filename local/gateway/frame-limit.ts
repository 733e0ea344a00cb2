/**
 * Watches the raw bytes that a client sends and reports the first frame whose payload is longer than `maxBytes`.
 * `ws` limits a whole message only; API Gateway also limits each frame of it, so a message of 100 KB must come
 * in fragments. RFC 6455, section 5.2, has the layout of the header.
 */
export class FrameLimit {
  readonly #maxBytes: number;
  /** Bytes of the header seen so far, when a chunk ended within it. */
  #header = nothing;
  /** Bytes of mask and payload to pass over before the next header. */
  #skip = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True when a frame that begins in `chunk` is too long. What follows such a frame is not looked at. */
  exceededBy(chunk: Buffer): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, chunk.length - at);
        this.#skip -= passed;
        at += passed;
        continue;
      }
      const known = this.#header.length;
      const bytes =
        known === 0 ? chunk.subarray(at) : Buffer.concat([this.#header, chunk.subarray(at, at + 10)]);
      const size = headerSize(bytes);
      if (size === undefined || bytes.length < size) {
        this.#header = Buffer.from(bytes);
        return false;
      }
      const payload = payloadLength(bytes);
      if (payload > this.#maxBytes) return true;
      this.#skip = payload + (isMasked(bytes) ? 4 : 0);
      this.#header = nothing;
      at += size - known;
    }
    return false;
  }
}

/** One for all: it is all that most connections ever have. */
const nothing = Buffer.alloc(0);

/** Bytes up to the end of the length field; undefined before the second byte is there. */
function headerSize(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  if (short === 126) return 4;
  return short === 127 ? 10 : 2;
}

function payloadLength(bytes: Buffer): number {
  const short = bytes.readUInt8(1) & 0x7f;
  if (short === 126) return bytes.readUInt16BE(2);
  return short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
}

function isMasked(bytes: Buffer): boolean {
  return (bytes.readUInt8(1) & 0x80) !== 0;
}
