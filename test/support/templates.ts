import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { inject } from 'vitest';
import { z } from 'zod';
import { addStacks } from '../../stacks/stacks.ts';

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      DeletionPolicy: z.string().optional(),
    }),
  ),
});

export interface TemplateResource {
  stack: string;
  id: string;
  type: string;
  /** Intrinsic functions stand as they are in the template. */
  properties: Record<string, unknown>;
  deletionPolicy: string | undefined;
}

/** The resources of the synthesized app's templates. */
export class Templates {
  readonly resources: TemplateResource[];

  /** Reads what `cdk synth` wrote. */
  constructor(folder = inject('assembly')) {
    const files = readdirSync(folder).filter((name) => name.endsWith('.template.json'));
    this.resources = files.flatMap((file) => {
      const { Resources } = template.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
      return Object.entries(Resources).map(([id, { Type, Properties, DeletionPolicy }]) => ({
        stack: file.replace('.template.json', ''),
        id,
        type: Type,
        properties: Properties,
        deletionPolicy: DeletionPolicy,
      }));
    });
  }

  /** The app with other settings, in this process and without its bundles. */
  static with(context: Record<string, unknown>): Templates {
    const outdir = mkdtempSync(join(tmpdir(), 'fanfare-templates-'));
    try {
      const cdk = z.object({ context: z.record(z.string(), z.unknown()) });
      const { context: kept } = cdk.parse(JSON.parse(readFileSync('cdk.json', 'utf8')));
      const app = new App({ outdir, context: { ...kept, 'aws:cdk:bundling-stacks': [], ...context } });
      addStacks(app);
      app.synth();
      return new Templates(outdir);
    } finally {
      rmSync(outdir, { recursive: true, force: true });
    }
  }

  ofType(type: string): TemplateResource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The resource of the same stack that a `Ref` or an `Fn::GetAtt` names. */
  referred(from: TemplateResource, value: unknown): TemplateResource | undefined {
    const { data } = reference.safeParse(value);
    const id = data && ('Ref' in data ? data.Ref : data['Fn::GetAtt'][0]);
    return this.resources.find((resource) => resource.stack === from.stack && resource.id === id);
  }
}

const reference = z.union([
  z.strictObject({ Ref: z.string() }),
  z.strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }),
]);
