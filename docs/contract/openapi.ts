import * as z from 'zod';
import { roomId } from '#shared/contract/frames.ts';
import { problem, userId, webhookId } from '#shared/contract/http.ts';
import { type Route, routes } from '#shared/contract/routes.ts';
import { type JsonSchema, jsonSchemas, referred, refTo } from './schemas.ts';

const pathParameters: Record<string, { description: string; schema: JsonSchema }> = {
  room: { description: "The room's id.", schema: refTo(roomId) },
  user: { description: 'A user id; of a member also `me`.', schema: refTo(userId) },
  webhook: { description: "The webhook's id.", schema: refTo(webhookId) },
  attachment: { description: 'The id of a file.', schema: { type: 'string' } },
  seq: { description: "The message's place in its room.", schema: { type: 'integer', minimum: 1 } },
};
const schemas = jsonSchemas('draft-2020-12');

/** The HTTP API as an OpenAPI 3.1 document. */
export function openapi() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [verb(route)]: operation(route) };
  const refused = { 'application/problem+json': { schema: refTo(problem) } };
  const responses = {
    Invalid: {
      description: 'Path, query or body are not as they must be; `detail` says why',
      content: refused,
    },
    TooLarge: { description: 'The body is too large', content: refused },
    Unauthorized: {
      description: "No good access token. API Gateway's own answer, no problem document",
      content: {
        'application/json': { schema: { type: 'object', properties: { message: { type: 'string' } } } },
      },
    },
    Failed: { description: 'Something failed in the server; try again after a while', content: refused },
  };
  return {
    openapi: '3.1.0',
    info: {
      title: "Fanfare's HTTP API",
      version: '1.0.0',
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'Everything that is not live; what is live is in asyncapi.yaml, and how both are used in contract.md. Lists ' +
        'come in pages: an answer with `next` goes on with `?cursor=<next>`, which is opaque. Times are in ' +
        'milliseconds since the epoch. Clients ignore fields that they do not know.',
    },
    servers: [
      { url: 'https://{domain}/api', variables: { domain: { default: 'example.cloudfront.net' } } },
      { url: 'http://localhost:4000/api', description: 'The local cloud' },
    ],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token.' },
      },
      responses,
      schemas: referred({ paths, responses }, schemas),
    },
  };
}

function verb({ method }: Route): string {
  return method.toLowerCase();
}

function operation(route: Route) {
  const { path, summary, query, body, answers, refusals } = route;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const parameter = pathParameters[name];
    if (!parameter) throw new Error(`${path}: what is a ${name}?`);
    return { name, in: 'path', required: true, ...parameter };
  });
  const parameters = [...inPath, ...(query ? queryParameters(query) : [])];
  return {
    operationId: operationId(route),
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: json([body]) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, bodies]) => [
          status,
          bodies.length > 0 ? { description: 'Done', content: json(bodies) } : { description: 'Done' },
        ]),
      ),
      ...((parameters.length > 0 || body) && { 400: { $ref: '#/components/responses/Invalid' } }),
      401: { $ref: '#/components/responses/Unauthorized' },
      ...Object.fromEntries(
        Object.entries(refusals).map(([status, description]) => [
          status,
          { description, content: { 'application/problem+json': { schema: refTo(problem) } } },
        ]),
      ),
      ...(body && { 413: { $ref: '#/components/responses/TooLarge' } }),
      500: { $ref: '#/components/responses/Failed' },
    },
  };
}

/** `GET /rooms/{room}/members` is `getRoomsRoomMembers`. */
function operationId(route: Route): string {
  const words = route.path.match(/\w+/g) ?? [];
  return verb(route) + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function json(bodies: z.ZodType[]) {
  const [first, ...others] = bodies.map(refTo);
  return { 'application/json': { schema: others.length > 0 ? { anyOf: [first, ...others] } : first } };
}

/** One for each field; those of a union exclude each other. */
function queryParameters(query: z.ZodType) {
  const { $ref } = refTo(query);
  const schema = schemas.get($ref.split('/').at(-1) ?? '');
  const variants = schema?.anyOf ?? [schema];
  return variants.flatMap((variant) => {
    const { properties = {}, required = [] } = typeof variant === 'object' ? variant : {};
    return Object.entries(properties).map(([name, field]) => {
      const { description, ...rest } = z.looseObject({ description: z.string().optional() }).parse(field);
      return {
        name,
        in: 'query',
        ...(variants.length === 1 && required.includes(name) && { required: true }),
        description: description ?? (variants.length > 1 ? schema?.description : undefined),
        schema: rest,
      };
    });
  });
}
