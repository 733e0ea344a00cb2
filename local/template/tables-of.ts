import type { Template } from './schema.ts';

/** The tables of a stack alone, for who needs nothing else: the bucket of files beside them asks for the distribution. */
export function tablesOf({ Resources, ...template }: Template): Template {
  const tables = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::DynamoDB::GlobalTable');
  return { ...template, Outputs: {}, Resources: Object.fromEntries(tables) };
}
