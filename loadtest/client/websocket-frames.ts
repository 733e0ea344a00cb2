/** RFC 6455, section 5.2: FIN and the opcode. */
const opcodes = { text: 0x81, close: 0x88, ping: 0x89, pong: 0x8a } as const;

type Opcode = keyof typeof opcodes;

/** One text frame as a server sends it, unmasked: the same bytes for everybody. */
export function serverFrame(payload: Buffer): Buffer {
  return Buffer.concat([header('text', payload.length, 0), payload]);
}

/**
 * One frame as a client sends it. Its mask is zero, and so the payload stays as it is: masks guard proxies against pages
 * (section 10.3), and here is neither.
 */
export function clientFrame(payload: Buffer, opcode: Opcode = 'text'): Buffer {
  return Buffer.concat([header(opcode, payload.length, 0x80), Buffer.alloc(4), payload]);
}

function header(opcode: Opcode, length: number, mask: 0 | 0x80): Buffer {
  const bytes = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  bytes.writeUInt8(opcodes[opcode], 0);
  bytes.writeUInt8(mask | (length < 126 ? length : length < 65_536 ? 126 : 127), 1);
  if (bytes.length === 4) bytes.writeUInt16BE(length, 2);
  if (bytes.length === 10) bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}

/** Called with each whole frame: its payload is `bytes` from `start` to `end`, and must be copied to be kept. */
export type OnFrame = (opcode: Opcode, bytes: Buffer, start: number, end: number) => void;

/** The server broke the protocol, or uses a part of it that this client has no need of, as fragments. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Cuts what a server sends into frames, wherever TCP cut it. */
export class FrameParser {
  readonly #onFrame: OnFrame;
  /** The beginning of a frame whose rest is still to come. */
  #begun: Buffer | undefined;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** @throws FrameError */
  take(chunk: Buffer): void {
    const bytes = this.#begun ? Buffer.concat([this.#begun, chunk]) : chunk;
    let at = 0;
    for (;;) {
      const payload = payloadOf(bytes, at);
      if (!payload || payload.end > bytes.length) break;
      this.#onFrame(opcodeOf(bytes, at), bytes, payload.start, payload.end);
      at = payload.end;
    }
    // The chunk's memory is read into again.
    this.#begun = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
  }
}

/** Undefined where the header is not whole yet. */
function payloadOf(bytes: Buffer, at: number): { start: number; end: number } | undefined {
  const left = bytes.length - at;
  if (left < 2) return undefined;
  const short = bytes.readUInt8(at + 1);
  if (short < 126) return { start: at + 2, end: at + 2 + short };
  if (short === 126)
    return left < 4 ? undefined : { start: at + 4, end: at + 4 + bytes.readUInt16BE(at + 2) };
  if (short > 127) throw new FrameError('A masked frame');
  return left < 10 ? undefined : { start: at + 10, end: at + 10 + Number(bytes.readBigUInt64BE(at + 2)) };
}

function opcodeOf(bytes: Buffer, at: number): Opcode {
  const first = bytes.readUInt8(at);
  if (first === opcodes.text) return 'text';
  if (first === opcodes.close) return 'close';
  if (first === opcodes.ping) return 'ping';
  if (first === opcodes.pong) return 'pong';
  throw new FrameError(`A frame that begins with 0x${first.toString(16)}`);
}
