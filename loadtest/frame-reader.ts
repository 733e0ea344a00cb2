import { type ServerFrame, serverFrame } from '#shared/contract/frames.ts';

/** Frames that are looked at first. Several may be on their way to the connections at once. */
const remembered = 16;

/**
 * Reads frames as a client would, each checked against the contract. One `events` frame goes to every connection of a
 * room with the same bytes, so it is parsed once and known again by them: a thousand clients then cost little more
 * than their sockets.
 */
export class FrameReader {
  readonly #recent: { bytes: Buffer; frame: ServerFrame }[] = [];

  /** Undefined for what is not of the contract, such as API Gateway's own `{"message": "Internal server error", …}`. */
  read(bytes: Buffer): ServerFrame | undefined {
    const known = this.#recent.find((recent) => recent.bytes.equals(bytes));
    if (known) return known.frame;
    const frame = serverFrame.safeParse(JSON.parse(bytes.toString())).data;
    if (frame?.type === 'events') {
      this.#recent.unshift({ bytes, frame });
      this.#recent.length = Math.min(this.#recent.length, remembered);
    }
    return frame;
  }
}
