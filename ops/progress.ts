/** One line on standard error that is written over: only where a person watches, and gone when the work is done. */
export class Progress implements Disposable {
  readonly #isShown = process.stderr.isTTY === true;

  show(line: string): void {
    if (this.#isShown) process.stderr.write(`\r\u001B[K${line.slice(0, (process.stderr.columns || 80) - 1)}`);
  }

  [Symbol.dispose](): void {
    if (this.#isShown) process.stderr.write('\r\u001B[K');
  }
}
