import { InvalidPatternError } from './invalid-pattern.ts';

/**
 * Compiles a wildcard pattern: `*` stands for any characters or none, `\*` and `\\` for themselves.
 * Throws InvalidPatternError for `**` and for any other escape.
 */
export function compileWildcard(pattern: string): (value: string) => boolean {
  const [first = '', ...rest] = literals(pattern);
  const last = rest.pop();
  if (last === undefined) return (value) => value === first;
  return (value) => {
    if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last))
      return false;
    const end = value.length - last.length;
    let at = first.length;
    for (const literal of rest) {
      const found = value.indexOf(literal, at);
      if (found < 0 || found + literal.length > end) return false;
      at = found + literal.length;
    }
    return true;
  };
}

/** The literal texts between the wildcards: one more than there are wildcards. */
function literals(pattern: string): string[] {
  const found = [''];
  const append = (character: string) => found.push((found.pop() ?? '') + character);
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    const following = pattern.charAt(at + 1);
    if (character === '*') {
      if (following === '*') throw new InvalidPatternError(`Consecutive wildcard characters at pos ${at}`);
      found.push('');
    } else if (character !== '\\') {
      append(character);
    } else {
      if (following !== '*' && following !== '\\') {
        throw new InvalidPatternError(`Invalid escape character at pos ${at}`);
      }
      append(following);
      at++;
    }
  }
  return found;
}
