/** Prints a line a step, with the seconds that it took. */
export class Steps {
  #since = performance.now();

  done(step: string): void {
    const now = performance.now();
    const seconds = ((now - this.#since) / 1000).toFixed(1);
    this.#since = now;
    console.log(`  ${step.padEnd(52, ' ')} ${seconds.padStart(5)} s`);
  }
}
