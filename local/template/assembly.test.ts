import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AssemblyError, readAssembly } from './assembly.ts';
import { UnsupportedError } from './provider.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fanfare-assembly-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(file: string, content: unknown): void {
  writeFileSync(join(folder, file), JSON.stringify(content));
}

function writeStack(template: unknown): void {
  write('manifest.json', {
    artifacts: {
      Data: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Data.template.json' } },
    },
  });
  write('Data.template.json', template);
}

it('reads stacks by their deployed names, and assets by their keys', () => {
  write('manifest.json', {
    artifacts: {
      'Data.assets': { type: 'cdk:asset-manifest', properties: { file: 'Data.assets.json' } },
      Data: {
        type: 'aws:cloudformation:stack',
        properties: { templateFile: 'Data.template.json', stackName: 'chat-data' },
        dependencies: ['Data.assets'],
      },
      Web: {
        type: 'aws:cloudformation:stack',
        properties: { templateFile: 'Web.template.json' },
        dependencies: ['Data'],
      },
      Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
    },
  });
  write('Data.template.json', { Resources: { Queue: { Type: 'AWS::SQS::Queue', DependsOn: 'Other' } } });
  write('Web.template.json', {});
  write('Data.assets.json', {
    files: {
      abc: {
        source: { path: 'asset.abc', packaging: 'zip' },
        destinations: { here: { objectKey: 'abc.zip' } },
      },
    },
  });

  const assembly = readAssembly(folder);
  expect(assembly.stacks.map(({ name, dependencies }) => ({ name, dependencies }))).toEqual([
    { name: 'chat-data', dependencies: [] },
    { name: 'Web', dependencies: ['chat-data'] },
  ]);
  expect(assembly.stacks[0]?.template.Resources.Queue).toMatchObject({
    DependsOn: ['Other'],
    Properties: {},
  });
  expect(assembly.asset('abc.zip')).toBe(join(folder, 'asset.abc'));
  expect(() => assembly.asset('xyz.zip')).toThrow(/has no asset "xyz.zip"/);
});

it('says that a folder is no assembly', () => {
  expect(() => readAssembly(folder)).toThrow(AssemblyError);
  expect(() => readAssembly(folder)).toThrow(`${folder} is not a CDK cloud assembly: ENOENT`);
});

it('names what it cannot read', () => {
  writeStack({ Resources: { Queue: { Properties: {} } } });
  expect(() => readAssembly(folder)).toThrow(/Data\.template\.json cannot be read: Resources\.Queue\.Type: /);
});

it.each([
  [
    'a macro',
    { Transform: 'AWS::Serverless-2016-10-31' },
    "Stack Data: the local cloud does not play the template's Transform AWS::Serverless-2016-10-31.",
  ],
  [
    'a macro with parameters',
    { Transform: [{ Name: 'AWS::Include', Parameters: {} }] },
    'Transform AWS::Include',
  ],
  [
    'a loop of resources',
    { Resources: { 'Fn::ForEach::Queues': [] } },
    'Fn::ForEach::Queues in place of a resource',
  ],
])('refuses %s', (_name, template, message) => {
  writeStack(template);
  expect(() => readAssembly(folder)).toThrow(UnsupportedError);
  expect(() => readAssembly(folder)).toThrow(message);
});

it('takes the transform of the functions that it knows', () => {
  writeStack({ Transform: 'AWS::LanguageExtensions' });
  expect(readAssembly(folder).stacks).toHaveLength(1);
});

it('refuses stages and look-ups', () => {
  write('manifest.json', { artifacts: { 'assembly-Prod': { type: 'cdk:cloud-assembly', properties: {} } } });
  expect(() => readAssembly(folder)).toThrow(/a stage "assembly-Prod"/);
  write('manifest.json', {
    artifacts: {},
    missing: [{ key: 'vpc-provider:x', provider: 'vpc-provider', props: {} }],
  });
  expect(() => readAssembly(folder)).toThrow(/looks "vpc-provider:x" up in an AWS account/);
});
