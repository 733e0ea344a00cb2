import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { type Contract, common } from './parts/contract.ts';

const readyTimeoutMs = 60_000;
const stopTimeoutMs = 5_000;

const reply = z.object({ id: z.number(), answer: z.unknown(), error: z.string().optional() });

/** A process of the bench did not do what it was asked, or ended. */
class PartError extends Error {
  override readonly name = 'PartError';
}

/** A process of the bench, as its parent sees it: one for each thing whose CPU time is told apart. */
export class Part<C extends Contract> {
  readonly #name: string;
  readonly #contract: C;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #asked = 0;

  /** Starts `parts/<name>.ts`. What it writes to stdout is dropped: a worker's log and metrics. */
  static async start<C extends Contract>(
    name: string,
    contract: C,
    environment: Record<string, string> = {},
  ): Promise<Part<C>> {
    const part = new Part(name, contract, environment);
    const timer = setTimeout(() => part.#child.kill('SIGKILL'), readyTimeoutMs);
    try {
      const [first] = await Promise.race([once(part.#child, 'message'), part.#exited]);
      if (first !== 'ready') throw new PartError(`${name} did not start`);
    } finally {
      clearTimeout(timer);
    }
    return part;
  }

  readonly #exited: Promise<unknown[]>;

  private constructor(name: string, contract: C, environment: Record<string, string>) {
    this.#name = name;
    this.#contract = contract;
    this.#child = fork(join(import.meta.dirname, 'parts', `${name}.ts`), {
      env: { ...process.env, ...environment },
      // NaN and large arrays pass.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#exited = once(this.#child, 'exit');
    this.#child.on('message', (message) => this.#receive(message));
    void this.#exited.then(() => {
      const gone = new PartError(`${name} has ended`);
      for (const { reject } of this.#waiting.values()) reject(gone);
      this.#waiting.clear();
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @throws PartError with the other process's error */
  async call<Command extends keyof C & string>(
    command: Command,
    args: z.input<C[Command]['args']>,
  ): Promise<z.output<C[Command]['answer']>> {
    const schema = this.#contract[command];
    if (!schema) throw new PartError(`${this.#name} has no command ${command}`);
    return z.parse<C[Command]['answer']>(schema.answer, await this.#ask(command, args));
  }

  /** Milliseconds of CPU time that it has used so far. */
  async cpu(): Promise<number> {
    return common.cpu.answer.parse(await this.#ask('cpu', {})).milliseconds;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeoutMs);
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
    clearTimeout(timer);
  }

  async #ask(command: string, args: unknown): Promise<unknown> {
    const id = ++this.#asked;
    const waiter = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiter);
    this.#child.send({ id, command, args }, (error) => error && waiter.reject(error));
    return await waiter.promise;
  }

  #receive(message: unknown): void {
    const { success, data } = reply.safeParse(message);
    const waiter = success ? this.#waiting.get(data.id) : undefined;
    if (!success || !waiter) return;
    this.#waiting.delete(data.id);
    if (data.error === undefined) waiter.resolve(data.answer);
    else waiter.reject(new PartError(`${this.#name}: ${data.error}`));
  }
}
