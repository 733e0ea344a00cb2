import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { roomEvent } from '#shared/contract/events.ts';
import { clientFrame, errorCode, serverFrame } from '#shared/contract/frames.ts';
import { history, me, myRooms, problem } from '#shared/contract/http.ts';
import { limits } from '#shared/contract/limits.ts';
import { bearerPrefix, subprotocol } from '#shared/contract/protocol.ts';

const page = readFileSync(join(import.meta.dirname, 'wire.md'), 'utf8');

/** What a code block's tag says that its JSON is. */
const schemas: Record<string, z.ZodType> = {
  client: clientFrame,
  server: serverFrame,
  me,
  myRooms,
  history,
  problem,
};
const examples = [...page.matchAll(/^ *```json(.*)\n([\s\S]*?)^ *```$/gm)].map(([, tag = '', text = '']) => ({
  tag: tag.trim(),
  text,
}));

/** Of a discriminated union: the literals that tell its variants apart. */
function variants(union: { options: readonly z.ZodObject[] }, key: string): string[] {
  return union.options.flatMap(({ shape }) => {
    const { values } = shape[key]?._zod ?? {};
    return [...(values ?? [])].map(String);
  });
}

describe('docs/wire.md', () => {
  it.each(examples)('has an example of "$tag" as the contract wants it: $text', ({ tag, text }) => {
    const example: unknown = JSON.parse(text);
    // Equal, because a schema drops what it does not know.
    expect(schemas[tag]?.parse(example)).toEqual(example);
  });

  it('shows every frame', () => {
    const shown = (tag: string, key: string) =>
      new Set(examples.filter((example) => example.tag === tag).map(({ text }) => JSON.parse(text)[key]));
    expect(shown('client', 'action')).toEqual(new Set(variants(clientFrame, 'action')));
    expect(shown('server', 'type')).toEqual(new Set(variants(serverFrame, 'type')));
    for (const name of [...variants(clientFrame, 'action'), ...variants(serverFrame, 'type')])
      expect(page).toContain(`### \`${name}\``);
  });

  it('names every kind of event', () => {
    expect(variants(roomEvent, 'type')).not.toEqual([]);
    for (const kind of variants(roomEvent, 'type')) expect(page).toContain(`"type": "${kind}"`);
  });

  it('names every field', () => {
    const fields = [...clientFrame.options, ...serverFrame.options, ...roomEvent.options].flatMap(
      ({ shape }) => Object.keys(shape),
    );
    for (const field of fields) expect(page).toMatch(new RegExp(`[\`"[.\\]]${field}[\`"\\[]`));
  });

  it('explains every error, and no other', () => {
    const explained = [...section('Errors').matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
    expect(explained).toEqual(errorCode.options);
  });

  it('tells every limit with its value, and no other', () => {
    const told = [...section('Limits').matchAll(/^\| `(\w+)` \| ([\d,]+) \|/gm)].map(
      ([, name, value = '']) => [name, Number(value.replaceAll(',', ''))],
    );
    expect(Object.fromEntries(told)).toEqual(limits);
  });

  it('names the subprotocols', () => {
    expect(page).toContain(`\`${subprotocol}\` and \`${bearerPrefix}\``);
  });
});

function section(title: string): string {
  return page.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
}
