// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is Fn::Sub's own syntax.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { synth } from '../synth.ts';
import { type Assembly, readAssembly } from './assembly.ts';
import { cdkProject } from './cdk-project.ts';
import { DeployError, type Deployed, type Deployment, deploy } from './deploy.ts';
import { noEffect } from './no-effect.ts';
import { CycleError } from './order.ts';
import { TemplateError } from './place.ts';
import { unsupported } from './properties.ts';
import { type Provider, type Providers, UnsupportedError } from './provider.ts';
import { Rewrites } from './rewrites.ts';
import { templateSchema } from './schema.ts';

const app = `
import { App, CfnCondition, CfnOutput, CfnResource, Fn, Stack } from 'aws-cdk-lib';
import { CfnApi } from 'aws-cdk-lib/aws-apigatewayv2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';

const app = new App();
// The consumer stands first, so that only its references put it behind.
const realtime = new Stack(app, 'realtime');
const data = new Stack(app, 'data', { stackName: 'chat-data' });

const dlq = new sqs.Queue(data, 'Dlq');
const queue = new sqs.Queue(data, 'Queue', { deadLetterQueue: { queue: dlq, maxReceiveCount: 3 } });
const nowhere = new CfnCondition(data, 'Nowhere', { expression: Fn.conditionEquals(Fn.ref('AWS::Region'), 'mars') });
const probe = new CfnResource(data, 'Probe', { type: 'Test::Mars::Probe' });
probe.cfnOptions.condition = nowhere;

const api = new CfnApi(realtime, 'Api', { name: 'chat', protocolType: 'WEBSOCKET' });
const deliver = new lambda.Function(realtime, 'Deliver', {
  runtime: lambda.Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: lambda.Code.fromAsset('bundle'),
  environment: {
    QUEUE: queue.queueUrl,
    NAME: Fn.sub('\${AWS::StackName}-deliver'),
    ENDPOINT: api.attrApiEndpoint + '/ws',
    HOST: Fn.select(2, Fn.split('/', api.attrApiEndpoint)),
    WHERE: Fn.conditionIf(nowhere.logicalId, 'mars', 'earth').toString(),
  },
});
new CfnCondition(realtime, 'Nowhere', { expression: Fn.conditionEquals(Fn.ref('AWS::Region'), 'mars') }).overrideLogicalId(nowhere.logicalId);
queue.grantConsumeMessages(deliver);
new CfnOutput(realtime, 'Endpoint', { value: api.attrApiEndpoint });
`;

/** Answers as SQS, Lambda and API Gateway do; the API registers its local address as the gateway's part does. */
function providers(rewrites: Rewrites): Providers {
  return {
    ...noEffect,
    'AWS::SQS::Queue': ({ logicalId }) => ({
      ref: `https://sqs.us-east-1.amazonaws.com/000000000000/${logicalId}`,
      attributes: { Arn: `arn:aws:sqs:us-east-1:000000000000:${logicalId}`, QueueName: logicalId },
    }),
    'AWS::Lambda::Function': ({ logicalId }) => ({ ref: logicalId, attributes: { Arn: `arn:${logicalId}` } }),
    'AWS::ApiGatewayV2::Api': async () => {
      rewrites.add('https://abc.execute-api.us-east-1.amazonaws.com', 'http://127.0.0.1:5555/abc');
      return {
        ref: 'abc',
        attributes: { ApiEndpoint: 'https://abc.execute-api.us-east-1.amazonaws.com' },
      };
    },
  };
}

describe.each(['strong', 'weak'])('an app of two stacks with %s references', (strength) => {
  const project = cdkProject(app, { '@aws-cdk/core:defaultCrossStackReferences': strength });
  const announced: string[] = [];
  let assembly: Assembly;
  let deployment: Deployment;

  beforeAll(async () => {
    await synth(project.outdir, { root: project.root });
    assembly = readAssembly(project.outdir);
    const rewrites = new Rewrites();
    const onResource = ({ logicalId }: Deployed) => announced.push(logicalId);
    deployment = await deploy(assembly, providers(rewrites), { rewrites, onResource });
  }, 60_000);

  afterAll(() => project.remove());

  it('creates each resource behind those that it refers to, and leaves out what a condition rules out', () => {
    const order = deployment.resources.map(({ stack, logicalId }) => `${stack}/${logicalId.slice(0, 3)}`);
    expect(order).not.toContain('chat-data/Pro');
    expect(order.indexOf('chat-data/Dlq')).toBeLessThan(order.indexOf('chat-data/Que'));
    expect(order.indexOf('chat-data/Que')).toBeLessThan(order.indexOf('realtime/Del'));
    expect(order.indexOf('realtime/Api')).toBeLessThan(order.lastIndexOf('realtime/Del'));
    expect(announced).toEqual(deployment.resources.map(({ logicalId }) => logicalId));
  });

  it('evaluates references across stacks and points public URLs to the local cloud', () => {
    const [deliver] = deployment.find('AWS::Lambda::Function');
    expect(deliver?.properties).toMatchObject({
      Environment: {
        Variables: {
          QUEUE: expect.stringMatching(/^https:\/\/sqs\.us-east-1\.amazonaws\.com\/000000000000\/Queue/),
          NAME: 'realtime-deliver',
          ENDPOINT: 'http://127.0.0.1:5555/abc/ws',
          HOST: 'abc.execute-api.us-east-1.amazonaws.com',
          WHERE: 'earth',
        },
      },
      Role: expect.stringMatching(/^arn:aws:iam::000000000000:role\/realtime-DeliverServiceRole/),
    });
    expect(deliver?.attributes.Arn).toBe(`arn:${deliver?.logicalId}`);
    expect(deliver?.metadata['aws:cdk:path']).toBe('realtime/Deliver/Resource');
    expect(deployment.outputs.realtime?.Endpoint).toBe('http://127.0.0.1:5555/abc');
  });

  it("finds a function's bundle by its S3 key", () => {
    const [deliver] = deployment.find('AWS::Lambda::Function');
    const { Code } = z.object({ Code: z.object({ S3Key: z.string() }) }).parse(deliver?.properties);
    expect(Code.S3Key).toMatch(/^[0-9a-f]{64}\.zip$/);
    expect(existsSync(join(assembly.asset(Code.S3Key), 'index.mjs'))).toBe(true);
  });
});

const thing: Provider = ({ logicalId }) => ({ ref: logicalId, attributes: { Arn: `arn:${logicalId}` } });

/** Deploys one stack `one` of resources of the type Test::Thing. */
function deployOne(template: Record<string, unknown>, others: Providers = {}) {
  const stack = { name: 'one', dependencies: [], template: templateSchema.parse(template) };
  const assembly: Assembly = { stacks: [stack], asset: (key) => key };
  return deploy(assembly, { 'Test::Thing': thing, ...others }, { rewrites: new Rewrites() });
}

/** Resources of the type Test::Thing by what they refer to. */
function things(properties: Record<string, Record<string, unknown>>) {
  const entries = Object.entries(properties).map(([id, of]) => [id, { Type: 'Test::Thing', Properties: of }]);
  return { Resources: Object.fromEntries(entries) };
}

describe('order', () => {
  it('follows Ref, GetAtt, Sub and DependsOn', async () => {
    const { Resources } = things({
      A: { X: { 'Fn::Sub': ['${B.Arn}${v}', { v: { Ref: 'C' } }] } },
      B: { X: { 'Fn::GetAtt': 'D.Arn' } },
      C: {},
      D: {},
    });
    const C = { Type: 'Test::Thing', DependsOn: ['E', 'LeftOut'] };
    const LeftOut = { Type: 'Test::Thing', Condition: 'Never' };
    const deployment = await deployOne({
      Conditions: { Never: { 'Fn::Equals': [1, 2] } },
      Resources: { ...Resources, C, E: { Type: 'Test::Thing' }, LeftOut },
    });
    expect(deployment.resources.map(({ logicalId }) => logicalId).join('')).toBe('DBECA');
  });

  it('does not follow the branch of an Fn::If that is not taken', async () => {
    const deployment = await deployOne({
      Conditions: { Never: { 'Fn::Equals': [1, 2] } },
      Resources: {
        LeftOut: { Type: 'Test::Thing', Condition: 'Never' },
        A: { Type: 'Test::Thing', Properties: { X: { 'Fn::If': ['Never', { Ref: 'LeftOut' }, 'other'] } } },
      },
    });
    expect(deployment.resources).toEqual([expect.objectContaining({ properties: { X: 'other' } })]);
  });

  it('names a circle', async () => {
    const circle = things({
      Z: { X: { Ref: 'A' } },
      A: { X: { Ref: 'B' } },
      B: { X: { 'Fn::Sub': '${A}' } },
    });
    await expect(deployOne(circle)).rejects.toThrow(CycleError);
    await expect(deployOne(circle)).rejects.toThrow('one/A → one/B → one/A');
  });
});

describe('one clear sentence, before anything is created', () => {
  const created: string[] = [];
  const recording: Provider = (resource) => {
    created.push(resource.logicalId);
    return thing(resource);
  };

  it('for every type without a provider', async () => {
    const template = {
      Resources: {
        A: { Type: 'Test::Thing' },
        B: { Type: 'AWS::Neptune::DBCluster' },
        C: { Type: 'AWS::MSK::Cluster' },
      },
    };
    await expect(deployOne(template, { 'Test::Thing': recording })).rejects.toThrow(UnsupportedError);
    await expect(deployOne(template, { 'Test::Thing': recording })).rejects.toThrow(
      /no part that plays B \(AWS::Neptune::DBCluster\) in stack one, C \(AWS::MSK::Cluster\) in stack one: /,
    );
    expect(created).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      'for a function that is not played',
      things({ A: {}, B: { X: { 'Fn::Cidr': ['10.0.0.0/16', 1, 8] } } }),
      'B (Test::Thing) in stack one, X: the local cloud does not play Fn::Cidr.',
    ],
    [
      'for a secret',
      things({ A: {}, B: { X: { 'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: 'A' }, '}}']] } } }),
      'the dynamic reference {{resolve:secretsmanager:',
    ],
    [
      'for a reference to nothing',
      things({ A: {}, B: { X: { Ref: 'Gone' } } }),
      'B (Test::Thing) in stack one, X: refers to Gone, which stack one has neither as a parameter nor as a resource.',
    ],
    [
      'for an import that nobody exports',
      things({ A: {}, B: { X: { 'Fn::ImportValue': 'table' } } }),
      'no stack exports "table".',
    ],
    [
      'for an output of nothing',
      { ...things({ A: {} }), Outputs: { O: { Value: { 'Fn::GetAtt': ['Gone', 'Arn'] } } } },
      'Output O of stack one: refers to Gone',
    ],
  ])('%s', async (_name, template, message) => {
    await expect(deployOne(template, { 'Test::Thing': recording })).rejects.toThrow(message);
    expect(created).toEqual([]);
  });
});

describe('while resources are created', () => {
  it('names an attribute that the provider did not return', async () => {
    const deployment = deployOne(things({ A: {}, B: { X: { 'Fn::GetAtt': ['A', 'Moon'] } } }));
    await expect(deployment).rejects.toThrow(
      'B (Test::Thing) in stack one, X.Fn::GetAtt: the local cloud does not play the attribute Moon of Test::Thing (A).',
    );
  });

  it('names a reference to a resource that its condition leaves out', async () => {
    const deployment = deployOne({
      Conditions: { Never: { 'Fn::Equals': [1, 2] } },
      Resources: {
        A: { Type: 'Test::Thing', Condition: 'Never' },
        B: { Type: 'Test::Thing', Properties: { X: { Ref: 'A' } } },
      },
    });
    await expect(deployment).rejects.toThrow(TemplateError);
    await expect(deployment).rejects.toThrow('refers to A, which its condition Never leaves out');
  });

  it('passes on what a provider refuses', async () => {
    const strict: Provider = (resource) => {
      throw unsupported(resource, 'Turbo');
    };
    const deployment = deployOne(things({ A: { Turbo: true } }), { 'Test::Thing': strict });
    await expect(deployment).rejects.toThrow(UnsupportedError);
    await expect(deployment).rejects.toThrow(
      /^A \(Test::Thing\) in stack one, Turbo: the local cloud does not play this property\.$/,
    );
  });

  it('names the resource whose provider failed', async () => {
    const broken: Provider = () => Promise.reject(new Error('no space left'));
    const deployment = deployOne(things({ A: {} }), { 'Test::Thing': broken });
    await expect(deployment).rejects.toThrow(DeployError);
    await expect(deployment).rejects.toThrow('A (Test::Thing) in stack one could not be made: no space left');
  });
});
