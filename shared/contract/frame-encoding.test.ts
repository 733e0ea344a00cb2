import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageEvent } from './events.ts';
import { encodeFrames } from './frame-encoding.ts';
import { eventsFrame, sendMessageFrame } from './frames.ts';
import { limits } from './limits.ts';

const event = (seq: number, text: string): MessageEvent => ({
  type: 'message',
  at: 1_750_000_000_000,
  seq,
  version: 1,
  id: `id-${seq}`,
  sender: 'ad3f1b5e-0000-4000-8000-000000000000',
  senderName: 'Alice',
  text,
});

/** Texts as people and machines write them: of any length and of any characters, escapes and half pairs too. */
const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 2_000 }),
  fc
    .tuple(
      fc.constantFrom('x', 'ü', '語', '🙂', '"', '\\', '\n', '\u0001', '\ud800', '\u2028'),
      fc.nat(4_000),
    )
    .map(([character, times]) => character.repeat(times).slice(0, limits.textLength)),
);
const logs = fc
  .array(texts, { maxLength: 30 })
  .map((written) => written.map((text, index) => event(index + 1, text)));

describe('encodeFrames', () => {
  it('packs all events, in order, into frames of 32 KB that say the same as plain JSON', () => {
    fc.assert(
      fc.property(logs, (events) => {
        const frames = encodeFrames('general', events);
        expect(frames.flatMap((frame) => frame.events)).toEqual(events);
        for (const frame of frames) {
          expect(frame.bytes.length).toBeLessThanOrEqual(limits.frameBytes);
          const plain = { type: 'events', room: 'general', events: frame.events };
          expect(frame.bytes.toString()).toBe(JSON.stringify(plain));
          expect(eventsFrame.parse(JSON.parse(frame.bytes.toString()))).toEqual(plain);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('begins a frame only where the last one is full', () => {
    fc.assert(
      fc.property(logs, (events) => {
        const frames = encodeFrames('general', events);
        for (const [index, frame] of frames.entries()) {
          const [next] = frames[index + 1]?.events ?? [];
          if (!next) continue;
          const together = JSON.stringify({
            type: 'events',
            room: 'general',
            events: [...frame.events, next],
          });
          // The encoder reserves one byte for a comma that the first event does not have.
          expect(Buffer.byteLength(together)).toBeGreaterThanOrEqual(limits.frameBytes);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('makes no frame of no events', () => {
    expect(encodeFrames('general', [])).toEqual([]);
  });

  // A control character takes six bytes of JSON, more than any other that may be sent.
  it.each(['\u0001', '語', '🙂', '"', 'x'])(
    'has room for the largest event that can be sent, made of %j',
    (character) => {
      const longest = (length: number) => character.repeat(length).slice(0, length);
      const frame = sendMessageFrame.parse({
        action: 'sendMessage',
        id: longest(limits.clientIdLength),
        room: 'r'.repeat(limits.roomIdLength),
        text: longest(limits.textLength),
        replyTo: Number.MAX_SAFE_INTEGER,
      });
      const largest: MessageEvent = {
        ...event(Number.MAX_SAFE_INTEGER, frame.text),
        at: 8_640_000_000_000_000,
        version: Number.MAX_SAFE_INTEGER,
        id: frame.id,
        // Cognito's limit on a user name; a display name is cut at sign-in.
        sender: longest(128),
        senderName: longest(64),
        replyTo: frame.replyTo,
      };
      const frames = encodeFrames(frame.room, [largest]);
      expect(frames).toHaveLength(1);
      expect(frames[0]?.bytes.length).toBeLessThanOrEqual(limits.frameBytes);
    },
  );
});
