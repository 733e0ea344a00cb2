import { expect, it } from 'vitest';
import { FrameReader } from './frame-reader.ts';

const frame = (text: string) =>
  Buffer.from(
    `{"type":"events","room":"r","events":[{"type":"message","at":1,"seq":1,"version":1,"id":"a","sender":"s","senderName":"S","text":"${text}"}]}`,
  );

it('reads a frame once, and knows the same bytes again wherever they lie', () => {
  const reader = new FrameReader();
  const bytes = frame('hello');
  const first = reader.read(bytes, 0, bytes.length);
  const elsewhere = Buffer.concat([Buffer.from('..'), bytes, Buffer.from('..')]);
  expect(first).toMatchObject({ type: 'events', events: [{ text: 'hello' }] });
  expect(reader.read(elsewhere, 2, 2 + bytes.length)).toBe(first);
  // As long, but another.
  const other = frame('hallo');
  expect(reader.read(other, 0, other.length)).toMatchObject({ events: [{ text: 'hallo' }] });
});

it('does not know what is not of the contract', () => {
  const bytes = Buffer.from('{"message":"Internal server error"}');
  expect(new FrameReader().read(bytes, 0, bytes.length)).toBeUndefined();
});
