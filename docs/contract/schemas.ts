import * as z from 'zod';
import * as attachments from '#shared/contract/attachments.ts';
import * as events from '#shared/contract/events.ts';
import * as frames from '#shared/contract/frames.ts';
import * as http from '#shared/contract/http.ts';
import { readDescriptions } from './descriptions.ts';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

const descriptions = readDescriptions(['attachments.ts', 'events.ts', 'frames.ts', 'http.ts']);
const schemas = z.registry<{ id: string; description?: string | undefined }>();
for (const module of [attachments, events, frames, http]) {
  for (const [name, schema] of Object.entries(module)) {
    // Text is nothing of its own: what is said of it would stand at each id and name.
    if (schema instanceof z.ZodType && name !== 'unicode') register(name, schema);
  }
}

/** The frames by their `action` or `type`, of which the contract exports only some by name. */
export const clientFrames = frameNames(frames.clientFrame.options, 'action');
export const serverFrames = frameNames(frames.serverFrame.options, 'type');

/** Where a document has the schema. */
export function refTo(schema: z.ZodType): { $ref: string } {
  const id = schemas.get(schema)?.id;
  if (!id) throw new Error('Not a schema of shared/contract');
  return { $ref: `#/components/schemas/${id}` };
}

export function description(schema: z.ZodType): string {
  return schemas.get(schema)?.description ?? '';
}

/** All of the contract in JSON Schema, each schema by the name that `refTo` gives it. */
export function jsonSchemas(target: 'draft-07' | 'draft-2020-12'): Map<string, JsonSchema> {
  const { schemas: all } = z.toJSONSchema(schemas, {
    io: 'input',
    target,
    metadata: schemas,
    uri: (id) => `#/components/schemas/${id}`,
  });
  return new Map(
    Object.entries(all).map(([name, { $id, $schema, ...schema }]) => [
      name,
      refine(schema, name.charAt(0).toLowerCase() + name.slice(1), target),
    ]),
  );
}

/** Those of the schemas that a document refers to, or that these refer to. */
export function referred(document: unknown, all: Map<string, JsonSchema>): Record<string, JsonSchema> {
  const found = new Map<string, JsonSchema>();
  const look = (from: unknown) => {
    for (const [, name = ''] of JSON.stringify(from).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      const schema = all.get(name);
      if (!schema || found.has(name)) continue;
      found.set(name, schema);
      look(schema);
    }
  };
  look(document);
  return Object.fromEntries([...found].toSorted(([a], [b]) => a.localeCompare(b)));
}

function register(name: string, schema: z.ZodType): void {
  const id = name.charAt(0).toUpperCase() + name.slice(1);
  schemas.add(schema, { id, description: descriptions.get(name) });
}

function frameNames(options: readonly z.ZodObject[], key: string): Map<string, z.ZodObject> {
  return new Map(
    options.map((schema) => {
      const name = String([...(schema.shape[key]?._zod.values ?? [])][0]);
      if (!schemas.has(schema)) register(`${name}Frame`, schema);
      return [name, schema];
    }),
  );
}

/** The fields get their descriptions; what says nothing, or what others' engines do not know, goes. */
function refine(schema: JsonSchema, path: string, target: string): JsonSchema {
  const refined = { ...schema };
  if (refined.maximum === Number.MAX_SAFE_INTEGER) delete refined.maximum;
  if (refined.minimum === Number.MIN_SAFE_INTEGER) delete refined.minimum;
  if (refined.pattern !== undefined && !isPortable(refined.pattern)) delete refined.pattern;
  if (refined.properties)
    refined.properties = Object.fromEntries(
      Object.entries(refined.properties).map(([name, field]) => {
        const text = descriptions.get(`${path}.${name}`);
        const inner = refine(asObject(field), `${path}.${name}`, target);
        if (text === undefined) return [name, inner];
        // Draft 7 ignores what stands beside a $ref.
        const described = inner.$ref && target === 'draft-07' ? { allOf: [inner] } : inner;
        return [name, { ...described, description: text }];
      }),
    );
  for (const key of ['anyOf', 'oneOf', 'allOf'] as const)
    refined[key] &&= refined[key].map((part) => refine(asObject(part), path, target));
  if (refined.items && !Array.isArray(refined.items))
    refined.items = refine(asObject(refined.items), path, target);
  return refined;
}

function asObject(schema: z.core.JSONSchema._JSONSchema): JsonSchema {
  return typeof schema === 'boolean' ? {} : schema;
}

/** JSON Schema has regular expressions with the flag u; properties of strings (RGI_Emoji) take v. */
function isPortable(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}
