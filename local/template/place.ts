import { UnsupportedError } from './provider.ts';

/** Where in the templates a value stands, for error messages. */
export interface Place {
  /** `Fn9270CBC0 (AWS::Lambda::Function) in stack fanfare-realtime` */
  owner: string;
  /** `Environment.Variables.TABLE`; empty for the whole. */
  path: string;
}

export function resourcePlace(stack: string, logicalId: string, type: string): Place {
  return { owner: `${logicalId} (${type}) in stack ${stack}`, path: '' };
}

export function within({ owner, path }: Place, key: string | number): Place {
  return { owner, path: path ? `${path}.${key}` : String(key) };
}

/** The template is wrong: CloudFormation would reject it too. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';

  constructor(place: Place, message: string) {
    super(`${describe(place)}: ${message}.`);
  }
}

/** An UnsupportedError for `what` (a function, a form) at a place. */
export function notPlayed(place: Place, what: string): UnsupportedError {
  return new UnsupportedError(`${describe(place)}: the local cloud does not play ${what}.`);
}

/** Secrets and SSM parameters that CloudFormation would fetch: `{{resolve:ssm:/name}}`. */
export function rejectDynamicReference(text: string, place: Place): void {
  const reference = /\{\{resolve:[^}]*(\}\})?/.exec(text);
  if (reference) throw notPlayed(place, `the dynamic reference ${reference[0]}`);
}

/** `Fn9270CBC0 (AWS::Lambda::Function) in stack fanfare-realtime, Environment.Variables.TABLE` */
export function describe({ owner, path }: Place): string {
  return path ? `${owner}, ${path}` : owner;
}
