import { expect, it } from 'vitest';
import { z } from 'zod';
import { ignored, parseProperties, unsupported } from './properties.ts';
import { UnsupportedError } from './provider.ts';

const schema = z
  .strictObject({
    Size: z.coerce.number().max(9).default(3),
    Redrive: z.strictObject({ Max: z.number() }).optional(),
    Tags: ignored,
  })
  .refine(({ Size, Redrive }) => Size !== 7 || Redrive, 'seven needs a Redrive');

const resource = (properties: Record<string, unknown>) => ({
  stack: 'Data',
  logicalId: 'A',
  type: 'Test::Thing',
  properties,
  metadata: {},
});

it("answers in the schema's shape", () => {
  expect(parseProperties(resource({ Tags: [] }), schema)).toEqual({ Size: 3, Tags: [] });
});

it.each([
  [
    { Turbo: true },
    /^A \(Test::Thing\) in stack Data, Turbo: the local cloud does not play this property\.$/,
  ],
  [{ Redrive: { Max: 1, Min: 0 } }, /, Redrive\.Min: the local cloud does not play this property\.$/],
  [{ Redrive: { Max: 'x' } }, /, Redrive\.Max: Invalid input: .*[^.]\.$/],
  [{ Size: 10 }, /, Size: Too big: .*[^.]\.$/],
  [{ Size: 7 }, /^A \(Test::Thing\) in stack Data: seven needs a Redrive\.$/],
])('refuses %j by one sentence that names the resource and the property', (properties, sentence) => {
  const parse = () => parseProperties(resource(properties), schema);
  expect(parse).toThrow(UnsupportedError);
  expect(parse).toThrow(sentence);
});

it('ends with one full stop', () => {
  expect(unsupported(resource({}), 'EventPattern', 'It is no pattern.').message).toBe(
    'A (Test::Thing) in stack Data, EventPattern: It is no pattern.',
  );
});
