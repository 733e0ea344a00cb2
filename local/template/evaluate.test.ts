// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is Fn::Sub's own syntax.
import { describe, expect, it } from 'vitest';
import { Evaluator, type Lookups } from './evaluate.ts';
import { TemplateError } from './place.ts';
import { UnsupportedError } from './provider.ts';
import { templateSchema } from './schema.ts';

const at = { owner: 'Fn (AWS::Lambda::Function) in stack chat', path: '' };

/** Resources answer with their own names: `ref:Queue`, `att:Queue.Arn`. */
const lookups: Lookups = {
  ref: (logicalId) => `ref:${logicalId}`,
  attribute: (logicalId, name) => `att:${logicalId}.${name}`,
  exported: (name) => `export:${name}`,
  output: (stack, name) => `output:${stack}.${name}`,
};

const evaluator = new Evaluator(
  {
    name: 'chat',
    dependencies: [],
    template: templateSchema.parse({
      Parameters: {
        Stage: { Type: 'String', Default: 'dev' },
        Size: { Type: 'Number', Default: '12' },
        Zones: { Type: 'CommaDelimitedList', Default: 'a, b,c' },
        None: { Type: 'CommaDelimitedList', Default: '' },
        Numbers: { Type: 'List<Number>', Default: '1,2' },
        Secret: { Type: 'String' },
        BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/version' },
      },
      Mappings: { Sizes: { 'us-east-1': { small: 1, names: ['x', 'y'] } } },
      Conditions: {
        IsDev: { 'Fn::Equals': [{ Ref: 'Stage' }, 'dev'] },
        IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
        Twelve: { 'Fn::Equals': [{ Ref: 'Size' }, '12'] },
        Both: { 'Fn::And': [{ Condition: 'IsDev' }, { 'Fn::Not': [{ Condition: 'IsProd' }] }] },
        Neither: { 'Fn::Not': [{ 'Fn::Or': [{ Condition: 'IsDev' }, { Condition: 'IsProd' }] }] },
        Circular: { 'Fn::Not': [{ Condition: 'Circular' }] },
        Odd: { 'Fn::Contains': [['a'], 'a'] },
      },
    }),
  },
  lookups,
);

describe('values', () => {
  it.each<[string, unknown, unknown]>([
    ['plain values', { a: [1, 'x', null, true] }, { a: [1, 'x', null, true] }],
    ['Ref of a resource', { Ref: 'Queue' }, 'ref:Queue'],
    ['Ref of a string parameter', { Ref: 'Stage' }, 'dev'],
    ['Ref of a number parameter', { Ref: 'Size' }, 12],
    ['Ref of a list parameter', { Ref: 'Zones' }, ['a', 'b', 'c']],
    ['Ref of an empty list parameter', { Ref: 'None' }, []],
    ['Ref of a list of numbers', { Ref: 'Numbers' }, [1, 2]],
    ['AWS::Region', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['AWS::AccountId', { Ref: 'AWS::AccountId' }, '000000000000'],
    ['AWS::Partition', { Ref: 'AWS::Partition' }, 'aws'],
    ['AWS::URLSuffix', { Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
    ['AWS::StackName', { Ref: 'AWS::StackName' }, 'chat'],
    [
      'AWS::StackId',
      { Ref: 'AWS::StackId' },
      expect.stringMatching(
        /^arn:aws:cloudformation:us-east-1:000000000000:stack\/chat\/\w{8}(-\w{4}){3}-\w{12}$/,
      ),
    ],
    ['AWS::NoValue as a property', { a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
    ['AWS::NoValue as a list item', [1, { Ref: 'AWS::NoValue' }, 2], [1, 2]],
    ['AWS::NoValue alone', { Ref: 'AWS::NoValue' }, undefined],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'att:Queue.Arn'],
    ['GetAtt with dots', { 'Fn::GetAtt': 'Db.Endpoint.Port' }, 'att:Db.Endpoint.Port'],
    ['GetAtt of a computed attribute', { 'Fn::GetAtt': ['Queue', { Ref: 'Stage' }] }, 'att:Queue.dev'],
    [
      'Sub',
      { 'Fn::Sub': '${Queue}/${Queue.Arn}/${AWS::Region}/${!Kept}/$5/${Size}' },
      'ref:Queue/att:Queue.Arn/us-east-1/${Kept}/$5/12',
    ],
    [
      'Sub with variables',
      { 'Fn::Sub': ['${Queue}-${who}', { who: { Ref: 'Stage' }, Queue: 'mine' }] },
      'mine-dev',
    ],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'Stage' }, 3, { Ref: 'AWS::NoValue' }]] }, 'a-dev-3'],
    ['Join of a list parameter', { 'Fn::Join': ['', { Ref: 'Zones' }] }, 'abc'],
    ['Select', { 'Fn::Select': ['1', { 'Fn::Split': ['//', 'https://host'] }] }, 'host'],
    ['Split', { 'Fn::Split': [',', 'a,b'] }, ['a', 'b']],
    ['ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': '${Stage}-table' } }, 'export:dev-table'],
    [
      'GetStackOutput',
      { 'Fn::GetStackOutput': { StackName: 'data', OutputName: 'T', Region: { Ref: 'AWS::Region' } } },
      'output:data.T',
    ],
    ['If, true', { 'Fn::If': ['IsDev', 'yes', { 'Fn::Nonsense': 1 }] }, 'yes'],
    ['If, false, without a value', { a: { 'Fn::If': ['IsProd', 1, { Ref: 'AWS::NoValue' }] } }, {}],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'small'] }, 1],
    ['FindInMap of a list', { 'Fn::FindInMap': ['Sizes', 'us-east-1', 'names'] }, ['x', 'y']],
    ['FindInMap with a default', { 'Fn::FindInMap': ['Sizes', 'x', 'y', { DefaultValue: 7 }] }, 7],
    ['Base64', { 'Fn::Base64': 'chat' }, 'Y2hhdA=='],
    ['GetAZs', { 'Fn::Select': [0, { 'Fn::GetAZs': { Ref: 'AWS::Region' } }] }, 'us-east-1a'],
    ['GetAZs of the own region', { 'Fn::Select': [1, { 'Fn::GetAZs': '' }] }, 'us-east-1b'],
    ['Length', { 'Fn::Length': { Ref: 'Zones' } }, 3],
    ['ToJsonString', { 'Fn::ToJsonString': { a: { Ref: 'Stage' }, b: [1] } }, '{"a":"dev","b":[1]}'],
    [
      'a policy statement, whose Condition is no condition',
      { Statement: [{ Condition: { Bool: { 'aws:SecureTransport': 'false' } } }] },
      { Statement: [{ Condition: { Bool: { 'aws:SecureTransport': 'false' } } }] },
    ],
  ])('%s', (_name, value, expected) => {
    expect(evaluator.evaluate(value, at)).toEqual(expected);
  });
});

describe('conditions', () => {
  it.each([
    ['IsDev', true],
    ['IsProd', false],
    ['Twelve', true],
    ['Both', true],
    ['Neither', false],
    [undefined, true],
  ])('%s is %s', (name, expected) => {
    expect(evaluator.condition(name, at)).toBe(expected);
  });
});

describe('what it refuses', () => {
  it.each<[string, unknown, string]>([
    [
      'a transform',
      { Environment: { X: [{ 'Fn::Transform': { Name: 'AWS::Include' } }] } },
      'Fn (AWS::Lambda::Function) in stack chat, Environment.X.0: the local cloud does not play Fn::Transform.',
    ],
    ['a loop', { 'Fn::ForEach::X': [], a: 1 }, 'Fn::ForEach::X beside other keys'],
    [
      'a dynamic reference',
      { P: '{{resolve:ssm:/a:1}}' },
      ', P: the local cloud does not play the dynamic reference {{resolve:ssm:/a:1}}.',
    ],
    [
      'a dynamic reference in a Sub',
      { 'Fn::Sub': 'x{{resolve:ssm:/${Stage}}}' },
      'the dynamic reference {{resolve:ssm:',
    ],
    ['an unknown pseudo parameter', { Ref: 'AWS::Moon' }, 'AWS::Moon'],
    ['a parameter without default', { Ref: 'Secret' }, 'parameters without a default (Secret)'],
    [
      'an SSM parameter',
      { Ref: 'BootstrapVersion' },
      'SSM parameters (BootstrapVersion: /cdk-bootstrap/version)',
    ],
    [
      'another region',
      { 'Fn::GetStackOutput': { StackName: 'a', OutputName: 'b', Region: 'eu-west-1' } },
      'eu-west-1',
    ],
  ])('%s', (_name, value, message) => {
    const evaluate = () => evaluator.evaluate(value, at);
    expect(evaluate).toThrow(UnsupportedError);
    expect(evaluate).toThrow(message);
  });

  it.each<[string, unknown, string]>([
    [
      'an index out of range',
      { A: { 'Fn::Select': [2, ['a']] } },
      'A.Fn::Select: has no item 2 in a list of 1.',
    ],
    ['a Join of objects', { 'Fn::Join': ['', [{ a: 1 }]] }, 'Fn::Join: does not take ["",[{"a":1}]].'],
    ['a list in a Sub', { 'Fn::Sub': '${Zones}' }, 'Fn::Sub.${Zones}: does not take ["a","b","c"].'],
    ['a missing mapping', { 'Fn::FindInMap': ['Sizes', 'x', 'y'] }, 'there is no mapping Sizes.x.y'],
    ['a missing condition', { 'Fn::If': ['Nope', 1, 2] }, 'there is no condition Nope'],
    [
      'a condition that needs itself',
      { 'Fn::If': ['Circular', 1, 2] },
      'condition Circular depends on itself',
    ],
  ])('%s', (_name, value, message) => {
    const evaluate = () => evaluator.evaluate(value, at);
    expect(evaluate).toThrow(TemplateError);
    expect(evaluate).toThrow(message);
  });

  it('a function that is no condition', () => {
    expect(() => evaluator.condition('Odd', at)).toThrow(
      'Condition Odd in stack chat: the local cloud does not play Fn::Contains.',
    );
  });
});
