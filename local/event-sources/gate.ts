/** Lets through while open; while closed, whoever comes waits. */
export class Gate {
  #closed: PromiseWithResolvers<void> | undefined;

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  close(): void {
    this.#closed ??= Promise.withResolvers<void>();
  }

  open(): void {
    this.#closed?.resolve();
    this.#closed = undefined;
  }

  pass(): Promise<void> {
    return this.#closed?.promise ?? Promise.resolve();
  }
}
