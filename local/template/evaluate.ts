import { z } from 'zod';
import { account, arn, region } from '../aws.ts';
import type { Stack } from './assembly.ts';
import {
  asIntrinsic,
  getAttArgument,
  pureFunctions,
  scalar,
  stackOutputArgument,
  subArgument,
  subParts,
} from './intrinsics.ts';
import { notPlayed, type Place, rejectDynamicReference, TemplateError, within } from './place.ts';
import { isRecord } from './schema.ts';
import { stableUuid } from './stable-uuid.ts';

/** What a stack's values refer to beyond its own template. Each throws, naming `at`, where there is no such thing. */
export interface Lookups {
  /** A resource's `Ref`. */
  ref(logicalId: string, at: Place): unknown;
  attribute(logicalId: string, name: string, at: Place): unknown;
  /** The value that some stack exports under a name. */
  exported(name: string, at: Place): unknown;
  output(stack: string, name: string, at: Place): unknown;
}

/** Stands for `AWS::NoValue` until the property or list item that holds it is removed. */
const noValue = Symbol('AWS::NoValue');

/** Evaluates the intrinsic functions and conditions of one stack's template. */
export class Evaluator {
  readonly #stack: Stack;
  readonly #lookups: Lookups;
  readonly #conditions = new Map<string, boolean | 'pending'>();

  constructor(stack: Stack, lookups: Lookups) {
    this.#stack = stack;
    this.#lookups = lookups;
  }

  /**
   * `value` with every intrinsic function replaced by its result; undefined for `AWS::NoValue`. Throws TemplateError on
   * a wrong use of a function and UnsupportedError on an unknown one.
   */
  evaluate(value: unknown, at: Place): unknown {
    const result = this.#value(value, at);
    return result === noValue ? undefined : result;
  }

  /** Whether a condition of the template holds; absent conditions do. */
  condition(name: string | undefined, at: Place): boolean {
    if (name === undefined) return true;
    const known = this.#conditions.get(name);
    if (known === 'pending') throw new TemplateError(at, `condition ${name} depends on itself`);
    if (known !== undefined) return known;
    const expression = this.#stack.template.Conditions[name];
    if (expression === undefined) throw new TemplateError(at, `there is no condition ${name}`);
    this.#conditions.set(name, 'pending');
    const holds = this.#test(expression, {
      owner: `Condition ${name} in stack ${this.#stack.name}`,
      path: '',
    });
    this.#conditions.set(name, holds);
    return holds;
  }

  /** Whether an intrinsic function is known here. */
  plays(name: string): boolean {
    return Object.hasOwn(this.#contextual, name) || Object.hasOwn(pureFunctions, name);
  }

  /** The functions that need the template or other stacks; they take their argument as it stands in the template. */
  readonly #contextual: Record<string, (argument: unknown, at: Place) => unknown> = {
    Ref: (argument, at) => this.#ref(parse(z.string(), argument, at), at),

    'Fn::GetAtt': (argument, at) => {
      const { logicalId, attribute } = parse(getAttArgument, argument, at);
      return this.#lookups.attribute(logicalId, parse(z.string(), this.#value(attribute, at), at), at);
    },

    'Fn::Sub': (argument, at) => {
      const { template, variables } = parse(subArgument, argument, at);
      rejectDynamicReference(template, at);
      const texts = subParts(template).map((part) => {
        if ('text' in part) return part.text;
        return parse(scalar(), this.#substitute(part.name, variables, at), within(at, `\${${part.name}}`));
      });
      return texts.join('');
    },

    'Fn::If': (argument, at) => {
      const [name, whenTrue, whenFalse] = parse(ifArgument, argument, at);
      return this.condition(name, at)
        ? this.#value(whenTrue, within(at, 1))
        : this.#value(whenFalse, within(at, 2));
    },

    'Fn::FindInMap': (argument, at) => {
      const [map, top, second, options] = parse(findInMapArgument, this.#value(argument, at), at);
      const entries = this.#stack.template.Mappings[map];
      const row = isRecord(entries) ? entries[top] : undefined;
      const found = isRecord(row) ? row[second] : undefined;
      const value = found ?? options?.DefaultValue;
      if (value === undefined) throw new TemplateError(at, `there is no mapping ${map}.${top}.${second}`);
      return value;
    },

    'Fn::ImportValue': (argument, at) => {
      return this.#lookups.exported(parse(z.string(), this.#value(argument, at), at), at);
    },

    'Fn::GetStackOutput': (argument, at) => {
      const reference = parse(stackOutputArgument, this.#value(argument, at), at);
      if ((reference.Region ?? region) !== region) {
        throw notPlayed(at, `the outputs of another region (${reference.Region})`);
      }
      return this.#lookups.output(reference.StackName, reference.OutputName, at);
    },
  };

  #value(value: unknown, at: Place): unknown {
    if (typeof value === 'string') rejectDynamicReference(value, at);
    if (Array.isArray(value)) {
      return value
        .map((item, index) => this.#value(item, within(at, index)))
        .filter((item) => item !== noValue);
    }
    if (!isRecord(value)) return value;

    const intrinsic = asIntrinsic(value);
    if (intrinsic) return this.#call(...intrinsic, at);
    const properties: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      if (key.startsWith('Fn::')) throw notPlayed(at, `${key} beside other keys`);
      const result = this.#value(item, within(at, key));
      if (result !== noValue) properties[key] = result;
    }
    return properties;
  }

  #call(name: string, argument: unknown, at: Place): unknown {
    const inside = within(at, name);
    const contextual = this.#contextual[name];
    if (contextual) return contextual(argument, inside);
    const pure = pureFunctions[name];
    if (!pure) throw notPlayed(at, name);
    const evaluated = this.#value(argument, inside);
    try {
      return pure(evaluated);
    } catch (error) {
      throw new TemplateError(inside, error instanceof Error ? error.message : String(error));
    }
  }

  #ref(name: string, at: Place): unknown {
    if (name.startsWith('AWS::')) {
      const pseudo = pseudoParameters(this.#stack.name);
      if (!Object.hasOwn(pseudo, name)) throw notPlayed(at, name);
      return pseudo[name];
    }
    const parameter = this.#stack.template.Parameters[name];
    if (!parameter) return this.#lookups.ref(name, at);
    const { Type: type, Default: value } = parameter;
    if (type.startsWith('AWS::SSM::')) throw notPlayed(at, `SSM parameters (${name}: ${value})`);
    if (value === undefined) throw notPlayed(at, `parameters without a default (${name})`);
    if (type === 'Number') return Number(value);
    const items = () =>
      value === ''
        ? []
        : String(value)
            .split(',')
            .map((item) => item.trim());
    if (type === 'List<Number>') return items().map(Number);
    return type === 'CommaDelimitedList' || type.startsWith('List<') ? items() : String(value);
  }

  #substitute(name: string, variables: Record<string, unknown>, at: Place): unknown {
    if (Object.hasOwn(variables, name)) return this.#value(variables[name], within(at, name));
    const dot = name.indexOf('.');
    if (dot < 0) return this.#ref(name, at);
    return this.#lookups.attribute(name.slice(0, dot), name.slice(dot + 1), at);
  }

  #test(expression: unknown, at: Place): boolean {
    const [entry, second] = isRecord(expression) ? Object.entries(expression) : [];
    if (!entry || second) throw new TemplateError(at, `${JSON.stringify(expression)} is no condition`);
    const [name, argument] = entry;
    const inside = within(at, name);
    const operands = () =>
      parse(z.array(z.unknown()), argument, inside).map(
        (item, index) => () => this.#test(item, within(inside, index)),
      );
    switch (name) {
      case 'Condition':
        return this.condition(parse(z.string(), argument, inside), inside);
      case 'Fn::Equals': {
        const [left, right] = parse(
          z.tuple([z.unknown(), z.unknown()]),
          this.#value(argument, inside),
          inside,
        );
        return comparable(left) === comparable(right);
      }
      case 'Fn::And':
        return operands().every((test) => test());
      case 'Fn::Or':
        return operands().some((test) => test());
      case 'Fn::Not':
        return operands().every((test) => !test());
      default:
        throw notPlayed(at, name);
    }
  }
}

const ifArgument = z.tuple([z.string(), z.unknown(), z.unknown()]);

const findInMapArgument = z.union([
  z.tuple([z.string(), z.string(), z.string()]),
  z.tuple([z.string(), z.string(), z.string(), z.strictObject({ DefaultValue: z.unknown() })]),
]);

function pseudoParameters(stack: string): Record<string, unknown> {
  return {
    'AWS::Region': region,
    'AWS::AccountId': account,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stack,
    // Templates make names unique with the pieces between a stack id's dashes.
    'AWS::StackId': arn('cloudformation', `stack/${stack}/${stableUuid(stack)}`),
    'AWS::NotificationARNs': [],
    'AWS::NoValue': noValue,
  };
}

/** CloudFormation compares a number or a boolean with a string by its text. */
function comparable(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function parse<S extends z.ZodType>(schema: S, argument: unknown, at: Place): z.output<S> {
  const parsed = schema.safeParse(argument);
  if (!parsed.success) throw new TemplateError(at, `does not take ${JSON.stringify(argument)}`);
  return parsed.data;
}
