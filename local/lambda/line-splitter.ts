/** Makes lines of what two streams write in pieces. */
export class LineSplitter {
  readonly #line: (line: string) => void;
  readonly #partial = { stdout: '', stderr: '' };

  constructor(line: (line: string) => void) {
    this.#line = line;
  }

  write(stream: 'stdout' | 'stderr', text: string): void {
    const lines = (this.#partial[stream] + text).split('\n');
    this.#partial[stream] = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  /** Passes on lines that lack their break: nobody is going to finish them. */
  flush(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#partial[stream]) this.#line(this.#partial[stream]);
      this.#partial[stream] = '';
    }
  }
}
