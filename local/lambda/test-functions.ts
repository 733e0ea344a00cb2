import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Created } from '../template/provider.ts';
import { Lambda, type LambdaSettings } from './lambda.ts';
import { Logs } from './logs.ts';

/** For tests: a Lambda service of its own in a temporary folder, and functions from their source text. */
export function startLambda(settings: Partial<LambdaSettings> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'fanfare-lambda-'));
  const logs = new Logs(join(directory, 'logs'));
  const lines: { group: string; line: string }[] = [];
  logs.onLine((group, line) => lines.push({ group, line }));
  const lambda = new Lambda({
    logs,
    assetPath: (s3Key) => join(directory, s3Key),
    environment: () => ({}),
    deliverFailure: async () => {},
    ...settings,
  });

  /** A folder with these files; a string is an `index.mjs`. */
  const bundle = (content: string | Record<string, string>): string => {
    const folder = mkdtempSync(join(directory, 'asset-'));
    const files = typeof content === 'string' ? { 'index.mjs': content } : content;
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  };

  const provide = async (
    type: string,
    properties: Record<string, unknown>,
    logicalId = 'Resource',
  ): Promise<Created> => {
    const create = lambda.providers[type] ?? logs.providers[type];
    if (!create) throw new Error(`no provider of ${type}`);
    return create({ stack: 'Test', logicalId, type, properties, metadata: {} });
  };

  return {
    lambda,
    logs,
    bundle,
    provide,
    /** Deploys a function of this name. */
    define: (name: string, content: string | Record<string, string>, properties: object = {}) =>
      provide('AWS::Lambda::Function', {
        FunctionName: name,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: `arn:aws:iam::000000000000:role/${name}`,
        Code: { S3Bucket: 'assets', S3Key: bundle(content).slice(directory.length + 1) },
        Timeout: 20,
        ...properties,
      }),
    /** The lines that the function's group has had. */
    lines: (name: string) =>
      lines.filter(({ group }) => group === `/aws/lambda/${name}`).map(({ line }) => line),
    stop: async () => {
      await lambda.stop();
      await logs.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
