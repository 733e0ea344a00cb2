import { isRecord } from './schema.ts';

/**
 * AWS's public URLs and the local ones that stand in for them. Parts add theirs while they create resources, so that
 * whatever is evaluated later (a function's environment, an issuer, an output) points to the local cloud.
 */
export class Rewrites {
  readonly #replacements = new Map<string, string>();
  #pattern: RegExp | undefined;

  /** From now on `prefix` (`https://abc.execute-api.us-east-1.amazonaws.com`) becomes `replacement` wherever it occurs. */
  add(prefix: string, replacement: string): void {
    this.#replacements.set(prefix, replacement);
    // The longest prefix wins, and all are replaced in one pass, so that no replacement is rewritten again.
    const longestFirst = [...this.#replacements.keys()].sort((a, b) => b.length - a.length);
    this.#pattern = new RegExp(longestFirst.map(literally).join('|'), 'g');
  }

  /** `value` with every string in it rewritten; property names stay. */
  apply(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (Array.isArray(value)) return value.map((item) => this.apply(item));
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.apply(item)]));
  }

  #text(text: string): string {
    if (!this.#pattern) return text;
    return text.replace(this.#pattern, (prefix) => this.#replacements.get(prefix) ?? prefix);
  }
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
