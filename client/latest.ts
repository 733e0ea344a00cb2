/**
 * Tells news from copies and from what something newer overtook: events come at least once, and in any order. `at` is
 * by the server's clock; two kinds of events about a thing may share it.
 */
export class Latest {
  readonly #latest = new Map<string, { at: number; type: string }>();

  /** False where the same or something newer was heard about this topic. */
  isNews(topic: string, { at, type }: { at: number; type: string }): boolean {
    const latest = this.#latest.get(topic);
    if (latest && (latest.at > at || (latest.at === at && latest.type === type))) return false;
    this.#latest.set(topic, { at, type });
    return true;
  }
}
