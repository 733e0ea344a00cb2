import type { RoomEvent } from './events.ts';
import { limits } from './limits.ts';

/** Events that share a frame, and the frame's bytes. */
export interface EncodedFrame {
  events: RoomEvent[];
  bytes: Buffer;
}

/**
 * Packs a room's events, in their order, into as few `events` frames of at most `limits.frameBytes` as they need. The
 * limits on text and names keep any single event below a frame.
 */
export function encodeFrames(room: string, events: readonly RoomEvent[]): EncodedFrame[] {
  const head = `{"type":"events","room":${JSON.stringify(room)},"events":[`;
  const tail = ']}';
  const overhead = Buffer.byteLength(head) + tail.length;

  const frames: EncodedFrame[] = [];
  let packed: RoomEvent[] = [];
  let parts: string[] = [];
  let size = overhead;
  const close = () => {
    if (packed.length > 0) frames.push({ events: packed, bytes: Buffer.from(head + parts.join() + tail) });
    packed = [];
    parts = [];
    size = overhead;
  };
  for (const event of events) {
    const part = JSON.stringify(event);
    const length = Buffer.byteLength(part) + 1;
    if (size + length > limits.frameBytes) close();
    packed.push(event);
    parts.push(part);
    size += length;
  }
  close();
  return frames;
}
