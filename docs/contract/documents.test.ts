import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import SwaggerParser from '@apidevtools/swagger-parser';
import asyncapiSpecs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { roomEvent } from '#shared/contract/events.ts';
import { errorCode } from '#shared/contract/frames.ts';
import { asyncapi } from './asyncapi.ts';
import { documents } from './documents.ts';
import { openapi } from './openapi.ts';
import { clientFrames, description } from './schemas.ts';

const settings = { strict: false, validateFormats: false };

it.each(documents().map(({ path, text }) => [basename(path), path, text]))(
  '%s is what `npm run docs:contract` writes',
  (_, path, text) => expect(readFileSync(path, 'utf8')).toBe(text),
);

describe('asyncapi.yaml', () => {
  const document = asyncapi();

  it('is AsyncAPI 3.0', () => {
    // The specification's schema brings that of JSON Schema along.
    const validate = new Ajv({ ...settings, meta: false, validateSchema: false }).compile(
      asyncapiSpecs.schemas['3.0.0'],
    );
    validate(document);
    expect(validate.errors).toBeNull();
  });

  it('refers to what is in it', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)];
    expect(refs).not.toEqual([]);
    for (const [, path = ''] of refs) expect(document).toHaveProperty(path.split('/'));
  });

  it('has examples that its schemas accept, and schemas that refuse others', () => {
    const engine = new Ajv(settings).addSchema({ $id: 'document', components: document.components });
    let examples = 0;
    for (const [name, message] of Object.entries(document.components.messages)) {
      const accepts = engine.compile({ $ref: `document${message.payload.$ref}` });
      for (const { payload } of message.examples ?? []) {
        expect(accepts(payload), `${name}: ${engine.errorsText(accepts.errors)}`).toBe(true);
        expect(accepts({ ...payload, id: 1, before: '', type: 'another', action: 'another' })).toBe(false);
        examples++;
      }
    }
    expect(examples).toBeGreaterThan(0);
  });

  it('says what each frame and each event is', () => {
    for (const message of Object.values(document.components.messages)) expect(message.summary).not.toBe('');
    for (const event of roomEvent.options) expect(description(event)).not.toBe('');
  });

  it('says what a field is, wherever the code does', () => {
    const described = z
      .object({ MessageEvent: z.any(), SubscribeFrame: z.any(), SubscribedFrame: z.any() })
      .parse(document.components.schemas);
    expect(described).toMatchObject({
      MessageEvent: { properties: { version: { description: '1 when sent; higher after each change.' } } },
      // Of an object in a list, and of one that has its own constant.
      SubscribeFrame: {
        properties: {
          rooms: { items: { properties: { changedAfter: { description: expect.any(String) } } } },
        },
      },
      SubscribedFrame: {
        properties: { rooms: { items: { properties: { recovered: { description: expect.any(String) } } } } },
      },
    });
    expect(JSON.stringify(document)).not.toContain('limits.');
  });
});

it('contract.md says what to do at each error, with each event, and with each frame', () => {
  const page = readFileSync(join(import.meta.dirname, '../contract.md'), 'utf8');
  const kinds = roomEvent.options.flatMap(({ shape }) => [...shape.type.values]);
  const names = [...errorCode.options, ...kinds, ...clientFrames.keys()];
  for (const name of names) expect(page).toContain(`\`${name}\``);
});

describe('openapi.yaml', () => {
  it('is OpenAPI 3.1, and refers to what is in it', async () => {
    // It resolves in place.
    const valid = await SwaggerParser.validate(parse(JSON.stringify(openapi())));
    expect(Object.keys(valid.paths ?? {})).toContain('/rooms/{room}/messages');
  });

  it('names each operation once', () => {
    const ids = [...JSON.stringify(openapi()).matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
