/** The route key that a message's body selects; undefined when it has none. */
export type SelectRouteKey = (body: string) => string | undefined;

/**
 * Reads a route selection expression of a WebSocket API: `$request.body.action`, `${request.body.a.b}`.
 * Undefined for any other form.
 */
export function routeSelection(expression: string): SelectRouteKey | undefined {
  const match = /^\$(?:request\.body\.([\w.-]+)|\{request\.body\.([\w.-]+)\})$/.exec(expression);
  const path = (match?.[1] ?? match?.[2])?.split('.');
  return path && ((body) => valueAt(parse(body), path));
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // A message that is not JSON selects no route: it goes to $default.
    return undefined;
  }
}

function valueAt(body: unknown, path: string[]): string | undefined {
  let value = body;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Reflect.get(value, name);
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
