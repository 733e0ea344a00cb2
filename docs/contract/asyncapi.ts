import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod';
import { limits } from '#shared/contract/limits.ts';
import { bearerPrefix, subprotocol } from '#shared/contract/protocol.ts';
import { clientFrames, description, jsonSchemas, referred, refTo, serverFrames } from './schemas.ts';

/** What answers a frame. `typing` is never answered, API Gateway's `pong` cannot be refused. */
const replies: Record<string, string[]> = { subscribe: ['subscribed', 'error'], ping: ['pong'], typing: [] };

/** The WebSocket API as an AsyncAPI 3.0 document. */
export function asyncapi() {
  const messages = Object.fromEntries(
    [...clientFrames, ...serverFrames].map(([name, schema]) => [name, message(name, schema)]),
  );
  const received = [...clientFrames.keys()].map((name) => {
    const answers = replies[name] ?? ['ack', 'error'];
    const reply = { channel: { $ref: '#/channels/socket' }, messages: answers.map(ofChannel) };
    return [
      name,
      {
        action: 'receive',
        channel: { $ref: '#/channels/socket' },
        messages: [ofChannel(name)],
        ...(answers.length > 0 && { reply }),
      },
    ];
  });
  const sent = ['events', 'reconnect'].map((name) => [
    name,
    {
      action: 'send',
      channel: { $ref: '#/channels/socket' },
      messages: [ofChannel(name)],
    },
  ]);
  return {
    asyncapi: '3.0.0',
    info: {
      title: "Fanfare's WebSocket API",
      version: '1.0.0',
      license: { name: 'MIT' },
      description:
        "The live half of Fanfare, from the server's point of view: it receives what clients send. How a client uses " +
        `it is in contract.md. A frame is one JSON object in one text frame of at most ${limits.frameBytes} bytes. ` +
        'Clients ignore types, kinds of events and fields that they do not know.',
    },
    defaultContentType: 'application/json',
    servers: {
      deployed: {
        host: '{domain}',
        protocol: 'wss',
        variables: { domain: { default: 'example.cloudfront.net' } },
        security,
      },
      local: { host: 'localhost:4000', protocol: 'ws', description: 'The local cloud', security },
    },
    channels: {
      socket: {
        address: '/ws',
        description:
          `Offer the subprotocol \`${subprotocol}\`. The token comes in the header \`Authorization: Bearer <token>\` or, ` +
          `from browsers, as a second subprotocol, \`${bearerPrefix}<token>\`; never in the URL.`,
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: {
          ws: {
            method: 'GET',
            headers: {
              type: 'object',
              properties: {
                'Sec-WebSocket-Protocol': {
                  type: 'string',
                  examples: [`${subprotocol}, ${bearerPrefix}<token>`],
                },
                Authorization: { type: 'string', examples: ['Bearer <token>'] },
              },
            },
            bindingVersion: '0.1.0',
          },
        },
      },
    },
    operations: Object.fromEntries([...received, ...sent]),
    components: {
      securitySchemes: {
        header: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An access token, in the upgrade request.',
        },
        subprotocol: {
          type: 'httpApiKey',
          in: 'header',
          name: 'Sec-WebSocket-Protocol',
          description: `\`${subprotocol}, ${bearerPrefix}\` and the access token, for browsers, which set no headers.`,
        },
      },
      messages,
      schemas: referred(messages, jsonSchemas('draft-07')),
    },
  };
}

const security = [
  { $ref: '#/components/securitySchemes/header' },
  { $ref: '#/components/securitySchemes/subprotocol' },
];

function message(name: string, schema: z.ZodObject) {
  const examples = (examplesOf.get(name) ?? []).map((payload) => ({ payload }));
  return {
    name,
    summary: description(schema),
    payload: refTo(schema),
    ...(examples.length > 0 && { examples }),
  };
}

function ofChannel(name: string) {
  return { $ref: `#/channels/socket/messages/${name}` };
}

/** The examples of docs/wire.md, whose test holds them to the schemas, by the frame. */
const examplesOf = Map.groupBy(
  [
    ...readFileSync(join(import.meta.dirname, '../wire.md'), 'utf8').matchAll(
      /^ *```json (client|server)\n([\s\S]*?)^ *```$/gm,
    ),
  ].map(([, , text = '']): Record<string, unknown> => JSON.parse(text)),
  ({ action, type }) => String(action ?? type),
);
