import { z } from 'zod';
import { compileJsonPath } from './json-path.ts';
import type { EventEnvelope } from './put-events.ts';

/** The part of a target that says what of an event it gets; at most one of the three. */
export const inputProperties = {
  Input: z.string().optional(),
  InputPath: z.string().optional(),
  InputTransformer: z
    .strictObject({
      InputPathsMap: z.record(z.string(), z.string()).optional(),
      InputTemplate: z.string(),
    })
    .optional(),
};

/** Makes the text that a target receives: nearly always JSON. `ingestedAt` is when PutEvents took the event. */
export type ToInput = (event: EventEnvelope, ingestedAt: string) => string;

/** Throws a RangeError, whose message names the property, for what EventBridge would not take. */
export function compileInput(
  target: z.output<z.ZodObject<typeof inputProperties>>,
  rule: { arn: string; name: string },
): ToInput {
  const { Input: constant, InputPath: path, InputTransformer: transformer } = target;
  if ([constant, path, transformer].filter((given) => given !== undefined).length > 1) {
    throw new RangeError('Only one of Input, InputPath, or InputTransformer may be given');
  }
  if (constant !== undefined) return () => constant;
  if (path !== undefined) {
    const read = compileJsonPath(path);
    return (event) => JSON.stringify(read(event) ?? null);
  }
  if (transformer)
    return compileTransformer(transformer.InputTemplate, transformer.InputPathsMap ?? {}, rule);
  return (event) => JSON.stringify(event);
}

function compileTransformer(
  template: string,
  paths: Record<string, string>,
  rule: { arn: string; name: string },
): ToInput {
  const readers = new Map(Object.entries(paths).map(([name, path]) => [name, compileJsonPath(path)]));
  const pieces = split(template);
  for (const piece of pieces) {
    if ('name' in piece && !readers.has(piece.name) && !predefined.has(piece.name)) {
      throw new RangeError(`InputTransformer.InputTemplate contains invalid placeholder ${piece.name}`);
    }
  }
  return (event, ingestedAt) => {
    const { detail: _detail, 'detail-type': detailType, ...withoutDetail } = event;
    const values = new Map<string, unknown>([
      ...[...readers].map(([name, read]): [string, unknown] => [name, read(event)]),
      ['aws.events.rule-arn', rule.arn],
      ['aws.events.rule-name', rule.name],
      ['aws.events.event.ingestion-time', ingestedAt],
      ['aws.events.event', { ...withoutDetail, detailType }],
      ['aws.events.event.json', event],
    ]);
    return pieces
      .map((piece) => ('text' in piece ? piece.text : render(values.get(piece.name), piece.quoted)))
      .join('');
  };
}

/** Names that a template may use without a path ("Predefined variables" in the user guide). */
const predefined = new Set([
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event',
  'aws.events.event.json',
  'aws.events.event.ingestion-time',
]);

type Piece = { text: string } | { name: string; quoted: boolean };

/** Cuts a template at its `<variables>`, noting which of them stand within a JSON string. */
function split(template: string): Piece[] {
  const pieces: Piece[] = [];
  let quoted = false;
  let end = 0;
  for (const match of template.matchAll(/\\.|"|<(?<name>[\w.-]+)>/gs)) {
    if (match[0] === '"') quoted = !quoted;
    const name = match.groups?.name;
    if (name === undefined) continue;
    pieces.push({ text: template.slice(end, match.index) }, { name, quoted });
    end = match.index + match[0].length;
  }
  return [...pieces, { text: template.slice(end) }];
}

/**
 * Outside quotes a value is written as JSON, with quotes of its own where it is a string. Within a string, a string is
 * escaped, and an object or a list loses its quotation marks, as EventBridge does. A value that the event
 * lacks is an empty string.
 */
function render(value: unknown, quoted: boolean): string {
  const json = JSON.stringify(value ?? (value === null ? null : ''));
  if (!quoted) return json;
  if (typeof value === 'object' && value !== null) return json.replaceAll('"', '');
  return json.startsWith('"') ? json.slice(1, -1) : json;
}
