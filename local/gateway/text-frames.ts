/** Payloads that are posted at the same time: as many as there are jobs under way, or nearly. */
const kept = 8;

/**
 * The WebSocket frames of the payloads that were sent last. A fan-out posts the same bytes to thousands of connections,
 * whose sockets share one frame then. Frames from a server are not masked and carry no state, so they can.
 */
export class TextFrames {
  readonly #latest: { payload: Buffer; frame: Buffer }[] = [];
  #next = 0;

  /** The frame of a payload, which may be reused by its owner afterwards. */
  of(payload: Buffer): Buffer {
    for (const known of this.#latest) if (known.payload.equals(payload)) return known.frame;
    const frame = textFrame(payload);
    this.#latest[this.#next] = { payload: frame.subarray(frame.length - payload.length), frame };
    this.#next = (this.#next + 1) % kept;
    return frame;
  }
}

/** A whole text message in one frame, as a server sends it: RFC 6455, section 5.2. */
export function textFrame(payload: Buffer): Buffer {
  const { length } = payload;
  const size = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(size + length);
  frame.writeUInt8(0x81, 0);
  if (size === 2) {
    frame.writeUInt8(length, 1);
  } else if (size === 4) {
    frame.writeUInt8(126, 1);
    frame.writeUInt16BE(length, 2);
  } else {
    frame.writeUInt8(127, 1);
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  payload.copy(frame, size);
  return frame;
}
