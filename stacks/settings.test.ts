import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { Templates } from '#test/support/templates.ts';
import { readSettings } from './settings.ts';

const read = (context: Record<string, unknown>) => readSettings(new App({ context }));

describe('settings', () => {
  it('have defaults, and pay no heed to what is not ours', () => {
    expect(read({ 'aws:cdk:bundling-stacks': [], other: 1 })).toMatchObject({
      autoConfirmUsers: false,
      streamParallelization: 1,
      securityChecks: true,
    });
  });

  it.each([
    [{ 'fanfare:autoConfirmUsers': true, 'fanfare:streamParallelization': 10 }],
    // As `cdk deploy -c` gives them.
    [{ 'fanfare:autoConfirmUsers': 'true', 'fanfare:streamParallelization': '10' }],
  ])('are read from %j', (context) => {
    expect(read(context)).toMatchObject({ autoConfirmUsers: true, streamParallelization: 10 });
  });

  it.each([
    [{ 'fanfare:autoConfirmUser': true }, 'autoConfirmUser'],
    [{ 'fanfare:autoConfirmUsers': 'yes' }, 'autoConfirmUsers'],
    [{ 'fanfare:autoConfirmUsers': 1 }, 'autoConfirmUsers'],
    [{ 'fanfare:streamParallelization': 11 }, 'streamParallelization'],
    [{ 'fanfare:streamParallelization': 'many' }, 'streamParallelization'],
    [{ 'fanfare:deliverProvisionedConcurrency': -1 }, 'deliverProvisionedConcurrency'],
  ])('%j is refused by name', (context, name) => {
    expect(() => read(context)).toThrow(name);
  });

  it.each([
    '169.254.169.254',
    'fe80::1',
    '::ffff:169.254.169.254',
    '0.0.0.0',
    '::',
    '10.0.0.0/8',
    'localhost',
  ])('do not make %s reachable', (address) => {
    expect(() => read({ 'fanfare:reachableAddresses': [address] })).toThrow('reachableAddresses');
  });
});

describe('what a setting changes', () => {
  const plain = new Templates();
  const other = Templates.with({
    'fanfare:autoConfirmUsers': true,
    'fanfare:streamParallelization': 4,
    'fanfare:deliverProvisionedConcurrency': 3,
  });
  const triggers = (templates: Templates) =>
    templates.ofType('AWS::Cognito::UserPool').map(({ properties }) => properties.LambdaConfig);
  const names = (templates: Templates) =>
    templates.ofType('AWS::Lambda::Function').map(({ properties }) => properties.FunctionName);
  const factors = (templates: Templates) =>
    templates
      .ofType('AWS::Lambda::EventSourceMapping')
      .flatMap(({ properties }) => properties.ParallelizationFactor ?? []);

  it('autoConfirmUsers: the trigger that confirms at sign-up', () => {
    expect(triggers(plain)).toEqual([{ PostAuthentication: expect.anything() }]);
    expect(names(plain)).not.toContain('fanfare-pre-sign-up');
    expect(triggers(other)).toEqual([
      { PostAuthentication: expect.anything(), PreSignUp: expect.anything() },
    ]);
    expect(names(other)).toContain('fanfare-pre-sign-up');
  });

  it('streamParallelization: the batches of every stream of every consumer', () => {
    expect(factors(plain)).toEqual([1, 1, 1, 1, 1]);
    expect(factors(other)).toEqual([4, 4, 4, 4, 4]);
  });

  it('deliverProvisionedConcurrency: environments that are ready, and work the queue', () => {
    const aliases = (templates: Templates) => templates.ofType('AWS::Lambda::Alias');
    const workers = (templates: Templates) =>
      templates
        .ofType('AWS::Lambda::EventSourceMapping')
        .filter(({ properties }) => JSON.stringify(properties.EventSourceArn).includes('Deliveries'))
        .map(({ properties }) => JSON.stringify(properties.FunctionName));
    expect(aliases(plain)).toEqual([]);
    expect(workers(plain)).toEqual([expect.not.stringContaining('Ready')]);
    expect(aliases(other).map(({ properties }) => properties)).toEqual([
      expect.objectContaining({
        Name: 'ready',
        ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 3 },
      }),
    ]);
    expect(workers(other)).toEqual([expect.stringContaining('Ready')]);
  });
});
