import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientFrame, FrameError, FrameParser, serverFrame } from './websocket-frames.ts';

/** The texts of what a parser is given in these pieces. */
function texts(...pieces: Buffer[]): string[] {
  const found: string[] = [];
  const parser = new FrameParser((opcode, bytes, start, end) =>
    found.push(`${opcode} ${bytes.toString('utf8', start, end)}`),
  );
  for (const piece of pieces) parser.take(piece);
  return found;
}

describe('frames', () => {
  it('are found whatever their length and wherever TCP cuts them', () => {
    const lengths = fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000);
    const cuts = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(lengths, { minLength: 1, maxLength: 4 }), cuts, (sizes, steps) => {
        const payloads = sizes.map((size, index) => Buffer.alloc(size, String(index)));
        const stream = Buffer.concat(payloads.map(serverFrame));
        const pieces: Buffer[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const step = steps[i % steps.length] ?? 1;
          pieces.push(stream.subarray(at, at + step));
          at += step;
        }
        expect(texts(...pieces)).toEqual(payloads.map((payload) => `text ${payload}`));
      }),
      { numRuns: 50 },
    );
  });

  it('do not change when the memory that they were read into is used again', () => {
    const stream = Buffer.from(serverFrame(Buffer.from('hello')));
    const memory = Buffer.from(stream.subarray(0, 4));
    const found: string[] = [];
    const parser = new FrameParser((_, bytes, start, end) => found.push(bytes.toString('utf8', start, end)));
    parser.take(memory);
    memory.fill(0);
    parser.take(stream.subarray(4));
    expect(found).toEqual(['hello']);
  });

  it('that a server must not send, or this client cannot read, are refused', () => {
    expect(() => texts(clientFrame(Buffer.from('masked')))).toThrow(FrameError);
    expect(() => texts(Buffer.from([0x82, 0]))).toThrow(FrameError);
    expect(() => texts(Buffer.from([0x01, 1, 0x61]))).toThrow(FrameError);
  });
});
