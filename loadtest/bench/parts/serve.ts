import { z } from 'zod';
import { type Contract, common } from './contract.ts';

type Handlers<C extends Contract> = {
  [Command in keyof C]: (
    args: z.output<C[Command]['args']>,
  ) => Promise<z.input<C[Command]['answer']>> | z.input<C[Command]['answer']>;
};

const request = z.object({ id: z.number(), command: z.string(), args: z.unknown() });

/**
 * Makes this process a part of the bench: it does what its parent asks, and ends when that is gone, however that
 * happens. Ctrl-C is the parent's to handle.
 */
export function serve<C extends Contract>(
  contract: C,
  handlers: Handlers<C>,
  stop: () => Promise<void> = async () => {},
): void {
  process.on('SIGINT', () => {});
  process.on('disconnect', () => void stop().finally(() => process.exit()));
  const run = async <Command extends keyof C>(command: Command, args: unknown) => {
    const known = contract[command];
    const handler = handlers[command];
    if (!known || !handler) throw new Error(`No command ${String(command)}`);
    return await handler(z.parse<C[Command]['args']>(known.args, args));
  };
  process.on('message', async (message) => {
    const { id, command, args } = request.parse(message);
    try {
      process.send?.({ id, answer: command in common ? cpu() : await run(command, args) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.send?.('ready');
}

function cpu(): z.input<typeof common.cpu.answer> {
  const { user, system } = process.cpuUsage();
  return { milliseconds: (user + system) / 1000 };
}
