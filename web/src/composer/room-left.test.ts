import { describe, expect, it } from 'vitest';
import { limits } from '#shared/contract/limits.ts';
import { roomLeft } from './room-left.ts';

const file = {
  id: 'a'.repeat(22),
  name: `${'名'.repeat(195)}.png`,
  type: 'image/png',
  size: 1,
} as const;

describe('what a message may still hold', () => {
  it.each([
    ['', [], { over: false }],
    ['x'.repeat(3_699), [], { over: false }],
    ['x'.repeat(3_999), [], { over: false, note: '1 character left' }],
    ['x'.repeat(4_000), [], { over: false, note: '0 characters left' }],
    ['x'.repeat(4_002), [], { over: true, note: '2 characters too many' }],
    [
      '名'.repeat(3_690),
      Array.from({ length: 20 }, () => file),
      { over: true, note: 'Too long with so many files' },
    ],
    ['Short', Array.from({ length: 20 }, () => file), { over: false }],
  ])('%#', (text, attachments, left) => {
    expect(attachments.length).toBeLessThanOrEqual(limits.attachments);
    expect(roomLeft(text, attachments)).toEqual(left);
  });
});
