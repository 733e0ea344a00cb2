/**
 * Compiles a JSON path of the kind that EventBridge takes in InputPath and InputPathsMap: `$`, `.name`, `[0]`, `[*]`
 * and `.*`. The result is undefined where the event has no such value, and a list after a wildcard.
 * Throws a RangeError for any other syntax.
 */
export function compileJsonPath(path: string): (event: unknown) => unknown {
  if (!wholePath.test(path)) throw new RangeError(`"${path}" is not a JSON path that EventBridge takes`);
  const steps = [...path.matchAll(step)].map((match) => match.groups?.name ?? match.groups?.index ?? '');
  const many = steps.includes('*');
  return (event) => {
    let values = [event];
    for (const name of steps) {
      values = values.flatMap((value) => children(value, name)).filter((value) => value !== undefined);
    }
    return many ? values : values[0];
  };
}

/** Names may hold letters, digits, dashes, underscores, slashes (and the `:` and `@` of XML-born events). */
const step = /\.(?<name>[\w\-/:@]+|\*)|\[(?<index>\d+|\*)\]/g;
const wholePath = new RegExp(`^\\$(?:${step.source.replaceAll(/\?<\w+>/g, '?:')})*$`);

function children(value: unknown, name: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (name === '*') return Object.values(value);
  return Object.hasOwn(value, name) ? [Reflect.get(value, name)] : [];
}
