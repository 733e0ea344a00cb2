/** Tests texts against a pattern of IAM's: `*` is any text, `?` one character ("IAM JSON policy elements: Resource"). */
export function wildcard(pattern: string): (text: string) => boolean {
  const star = pattern.indexOf('*');
  if (star < 0 && !pattern.includes('?')) return (text) => text === pattern;
  if (pattern === '*') return () => true;
  if (star === pattern.length - 1 && !pattern.includes('?')) {
    const prefix = pattern.slice(0, -1);
    return (text) => text.startsWith(prefix);
  }
  const source = pattern
    .replace(/[\\^$+.()|[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, 's');
  return (text) => expression.test(text);
}
