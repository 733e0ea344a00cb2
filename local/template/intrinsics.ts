import { z } from 'zod';
import { region } from '../aws.ts';
import { isRecord } from './schema.ts';

/** The name and argument of `value` where it is an intrinsic function: an object of one key, `Ref` or `Fn::…`. */
export function asIntrinsic(value: unknown): [name: string, argument: unknown] | undefined {
  if (!isRecord(value)) return undefined;
  const [entry, second] = Object.entries(value);
  const isCall = entry && !second && (entry[0] === 'Ref' || entry[0].startsWith('Fn::'));
  return isCall ? entry : undefined;
}

/** The functions whose argument alone decides the result. They take it evaluated and throw on a wrong one. */
export const pureFunctions: Record<string, (argument: unknown) => unknown> = {
  'Fn::Join': taking(z.tuple([z.string(), z.array(scalar())]), ([delimiter, values]) =>
    values.join(delimiter),
  ),

  'Fn::Select': taking(z.tuple([z.coerce.number().int(), z.array(z.unknown())]), ([index, values]) => {
    const value = values[index];
    if (value === undefined) throw new Error(`has no item ${index} in a list of ${values.length}`);
    return value;
  }),

  'Fn::Split': taking(z.tuple([z.string().min(1), z.string()]), ([delimiter, text]) => text.split(delimiter)),

  'Fn::Base64': taking(z.string(), (text) => Buffer.from(text).toString('base64')),

  // Six zones, as us-east-1 has them; nothing in the local cloud lives in a zone.
  'Fn::GetAZs': taking(z.string(), (named) => [...'abcdef'].map((zone) => `${named || region}${zone}`)),

  'Fn::Length': taking(z.array(z.unknown()), (values) => values.length),

  'Fn::ToJsonString': taking(z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]), (value) =>
    JSON.stringify(value),
  ),
};

/** The pieces of an `Fn::Sub` template: literal text, and the names in `${…}`; `${!x}` is the text `${x}`. */
export function subParts(template: string): ({ text: string } | { name: string })[] {
  return template.split(/(\$\{[^}]*\})/).map((part) => {
    const inner = /^\$\{(!?)(.*)\}$/s.exec(part);
    if (!inner) return { text: part };
    return inner[1] ? { text: `\${${inner[2]}}` } : { name: inner[2] ?? '' };
  });
}

/** `Fn::Sub`'s argument in either form. */
export const subArgument = z.union([
  z.string().transform((template) => ({ template, variables: {} })),
  z
    .tuple([z.string(), z.record(z.string(), z.unknown())])
    .transform(([template, variables]) => ({ template, variables })),
]);

/** `Fn::GetAtt`'s argument in either form. An attribute may hold dots, a logical id cannot. */
export const getAttArgument = z.union([
  z
    .string()
    .regex(/^[^.]+\../)
    .transform((path) => {
      const dot = path.indexOf('.');
      return { logicalId: path.slice(0, dot), attribute: path.slice(dot + 1) };
    }),
  z.tuple([z.string(), z.unknown()]).transform(([logicalId, attribute]) => ({ logicalId, attribute })),
]);

/** `Fn::GetStackOutput`: CDK's weak cross-stack references. */
export const stackOutputArgument = z.strictObject({
  StackName: z.string(),
  OutputName: z.string(),
  Region: z.string().optional(),
});

/** A value that fits into a string. */
export function scalar() {
  return z.union([z.string(), z.number(), z.boolean()]).transform(String);
}

function taking<S extends z.ZodType>(schema: S, apply: (argument: z.output<S>) => unknown) {
  return (argument: unknown) => {
    const parsed = schema.safeParse(argument);
    if (!parsed.success) throw new Error(`does not take ${JSON.stringify(argument)}`);
    return apply(parsed.data);
  };
}
