import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UnsupportedError } from './provider.ts';
import { isRecord, type Template, templateSchema } from './schema.ts';

/** A stack of a cloud assembly. */
export interface Stack {
  name: string;
  template: Template;
  /** Names of the stacks that are deployed before this one. */
  dependencies: string[];
}

/** What `cdk synth` wrote. */
export interface Assembly {
  stacks: Stack[];
  /**
   * The file or folder that would be uploaded under an object key (`<hash>.zip`). A folder stands for its own zip.
   * Throws on a key that no stack's asset manifest has.
   */
  asset(objectKey: string): string;
}

/** The folder holds no cloud assembly, or one that cannot be read. */
export class AssemblyError extends Error {
  override readonly name = 'AssemblyError';
}

/** Reads the cloud assembly of a CDK app. Stages and context look-ups, which need an account, are unsupported. */
export function readAssembly(folder: string): Assembly {
  const manifest = read(folder, 'manifest.json', manifestSchema);
  const artifacts = Object.entries(manifest.artifacts);
  const missing = manifest.missing?.[0];
  if (missing) {
    throw new UnsupportedError(
      `The CDK app looks "${missing.key}" up in an AWS account; the local cloud has none to look in.`,
    );
  }
  const stage = artifacts.find(([, { type }]) => type === 'cdk:cloud-assembly');
  if (stage) {
    throw new UnsupportedError(
      `The CDK app has a stage "${stage[0]}"; the local cloud plays stacks that stand in the app itself.`,
    );
  }

  const names = new Map<string, string>();
  for (const [id, { type, properties }] of artifacts) {
    if (type === 'aws:cloudformation:stack') names.set(id, properties.stackName ?? id);
  }
  const stacks: Stack[] = [];
  const assets = new Map<string, string>();
  for (const [id, { type, properties, dependencies }] of artifacts) {
    if (type === 'cdk:asset-manifest' && properties.file) readAssets(folder, properties.file, assets);
    const name = names.get(id);
    if (!name || !properties.templateFile) continue;
    stacks.push({
      name,
      template: readTemplate(folder, properties.templateFile, name),
      dependencies: dependencies.flatMap((dependency) => names.get(dependency) ?? []),
    });
  }
  return {
    stacks,
    asset(objectKey) {
      const path = assets.get(objectKey);
      if (!path) throw new AssemblyError(`The cloud assembly ${folder} has no asset "${objectKey}".`);
      return path;
    },
  };
}

const manifestSchema = z.object({
  artifacts: z
    .record(
      z.string(),
      z.object({
        type: z.string(),
        properties: z
          .object({
            templateFile: z.string().optional(),
            stackName: z.string().optional(),
            file: z.string().optional(),
          })
          .default({}),
        dependencies: z.array(z.string()).default([]),
      }),
    )
    .default({}),
  missing: z.array(z.object({ key: z.string() })).optional(),
});

const assetsSchema = z.object({
  files: z
    .record(
      z.string(),
      z.object({
        source: z.object({ path: z.string().optional() }),
        destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
      }),
    )
    .default({}),
});

function read<S extends z.ZodType>(folder: string, file: string, schema: S): z.output<S> {
  const path = join(folder, file);
  return parse(path, schema, readJson(folder, path));
}

function readAssets(folder: string, file: string, assets: Map<string, string>): void {
  for (const { source, destinations } of Object.values(read(folder, file, assetsSchema).files)) {
    // Without a path the asset is made by a command at deployment, which only custom synthesizers do.
    if (!source.path) continue;
    for (const { objectKey } of Object.values(destinations))
      assets.set(objectKey, resolve(folder, source.path));
  }
}

/** AWS::LanguageExtensions is the transform of Fn::Length and Fn::ToJsonString, which the evaluator knows. */
function readTemplate(folder: string, file: string, stack: string): Template {
  const path = join(folder, file);
  const json = readJson(folder, path);
  const { Resources: resources } = parse(
    path,
    z.object({ Resources: z.record(z.string(), z.unknown()).default({}) }),
    json,
  );
  const macro = Object.keys(resources).find((key) => key.startsWith('Fn::'));
  if (macro) {
    throw new UnsupportedError(
      `Stack ${stack}: the local cloud does not play ${macro} in place of a resource.`,
    );
  }
  const template = parse(path, templateSchema, json);
  for (const transform of template.Transform ?? []) {
    if (transform === 'AWS::LanguageExtensions') continue;
    const name = isRecord(transform) ? transform.Name : transform;
    throw new UnsupportedError(
      `Stack ${stack}: the local cloud does not play the template's Transform ${name}.`,
    );
  }
  return template;
}

function readJson(folder: string, path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new AssemblyError(`${folder} is not a CDK cloud assembly: ${reason}`, { cause: error });
  }
}

function parse<S extends z.ZodType>(path: string, schema: S, json: unknown): z.output<S> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AssemblyError(`${path} cannot be read: ${issue?.path.join('.')}: ${issue?.message}`);
}
