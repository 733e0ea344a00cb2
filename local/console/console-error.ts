/** The console cannot do what was asked; `message` is shown to whoever asked. */
export class ConsoleError extends Error {
  override readonly name = 'ConsoleError';
  readonly status: number;
  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}
