/** Things need each other in a circle. */
export class CycleError extends Error {
  override readonly name = 'CycleError';

  constructor(circle: string[]) {
    super(`These need each other in a circle: ${circle.join(' → ')}.`);
  }
}

/** `keys` with each after what it needs, else in their own order. Throws CycleError. */
export function inOrder(keys: Iterable<string>, needs: (key: string) => Iterable<string>): string[] {
  const done = new Set<string>();
  const open: string[] = [];

  function visit(key: string): void {
    if (done.has(key)) return;
    const start = open.indexOf(key);
    if (start >= 0) throw new CycleError([...open.slice(start), key]);
    open.push(key);
    for (const need of needs(key)) visit(need);
    open.pop();
    done.add(key);
  }

  for (const key of keys) visit(key);
  return [...done];
}
