type Listeners<Events> = { [Name in keyof Events]?: Set<(payload: Events[Name]) => void> };

/** Typed events: `Events` maps each name to its listeners' argument. */
export class Emitter<Events extends object> {
  readonly #listeners: Listeners<Events> = {};

  /** Calls `listener` at each `event` until the returned function is called. */
  on<Name extends keyof Events>(event: Name, listener: (payload: Events[Name]) => void): () => void {
    const listeners: Listeners<Events>[Name] & {} = this.#listeners[event] ?? new Set();
    this.#listeners[event] = listeners;
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  /** An error in a listener is the application's: the others still run, and it surfaces as an uncaught one. */
  protected emit<Name extends keyof Events>(event: Name, payload: Events[Name]): void {
    for (const listener of [...(this.#listeners[event] ?? [])]) {
      try {
        listener(payload);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
