import { type ServerFrame, serverFrame } from '#shared/contract/frames.ts';

/** Frames that are looked at first. Several may be on their way to the connections at once. */
const remembered = 32;

/**
 * Reads frames as a client would, each checked against the contract. One `events` frame goes to every connection of a
 * room with the same bytes, so it is parsed once and known again by them: ten thousand clients then cost little more
 * than their sockets.
 */
export class FrameReader {
  readonly #recent: { bytes: Buffer; frame: ServerFrame }[] = [];

  /**
   * Reads `bytes` from `start` to `end`. Undefined for what is not of the contract, such as API Gateway's own
   * `{"message": "Internal server error", …}`.
   */
  read(bytes: Buffer, start: number, end: number): ServerFrame | undefined {
    const length = end - start;
    for (const recent of this.#recent) {
      if (recent.bytes.length === length && recent.bytes.compare(bytes, start, end) === 0)
        return recent.frame;
    }
    const copy = Buffer.from(bytes.subarray(start, end));
    const frame = serverFrame.safeParse(JSON.parse(copy.toString())).data;
    if (frame?.type === 'events') {
      this.#recent.unshift({ bytes: copy, frame });
      this.#recent.length = Math.min(this.#recent.length, remembered);
    }
    return frame;
  }
}
