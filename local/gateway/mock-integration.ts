import { z } from 'zod';

/** A MOCK integration of a WebSocket API, with templates that are plain text. */
export interface MockIntegration {
  readonly kind: 'mock';
  readonly id: string;
  /** What the request template says: the status that selects an integration response. */
  readonly status: number;
  /** By integration response key: `$default`, `/200/`. */
  readonly responses: Map<string, string>;
}

const mockRequest = z.object({ statusCode: z.number().int() });

/** The `statusCode` of a mock's request template; undefined when the template has none. */
export function mockStatus(template: string): number | undefined {
  try {
    return mockRequest.parse(JSON.parse(template)).statusCode;
  } catch {
    // Not JSON, or no status: the caller refuses the template by name.
    return undefined;
  }
}

/** The text that the mock answers; undefined when no integration response is there for its status. */
export function mockResponse({ status, responses }: MockIntegration): string | undefined {
  for (const [key, template] of responses) {
    const expression = /^\/(.*)\/$/.exec(key)?.[1];
    if (expression !== undefined && new RegExp(`^(?:${expression})$`).test(String(status))) return template;
  }
  return responses.get('$default');
}

/**
 * The template that a selection expression selects. Expressions are literals with `\$` for `$`; without one it is
 * `$default`.
 */
export function selectTemplate(
  templates: Record<string, string> | undefined,
  expression: string | undefined,
): string | undefined {
  return templates?.[(expression ?? '\\$default').replaceAll('\\$', '$')];
}

/** The first reference or directive of the Velocity language in a template; undefined in plain text. */
export function velocityIn(template: string): string | undefined {
  return /\$!?\{?[A-Za-z][\w.]*|#\{?[a-z]+\b|##|#\*/.exec(template)?.[0];
}
