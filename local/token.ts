import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';

const program = new Command('token')
  .description('Prints an access token of the running local cloud, for a person of any name.')
  .argument('<name>', 'who signs in: alice, bob, carol or anybody else')
  .option('--port <number>', 'the port that the local cloud was started on', wholeNumber(65_535), 4000)
  .option(
    '--expires-in <seconds>',
    'how long the token is good, instead of what the template says',
    wholeNumber(86_400),
  )
  .showHelpAfterError()
  .parse();

const options = z.object({ port: z.number(), expiresIn: z.number().optional() }).parse(program.opts());

try {
  process.stdout.write(`${await accessToken(program.args[0] ?? '')}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function accessToken(username: string): Promise<string> {
  const { port, expiresIn } = options;
  const response = await fetch(`http://127.0.0.1:${port}/_local/identity/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, expiresInSeconds: expiresIn }),
  }).catch((cause: unknown) => {
    throw new Error(`No local cloud answers on port ${port}: start it with npm start.`, { cause });
  });
  const answer = z
    .union([z.object({ accessToken: z.string() }), z.object({ message: z.string() })])
    .safeParse(await response.json().catch(() => undefined));
  if (!answer.success) throw new Error(`What answers on port ${port} is not Fanfare's local cloud.`);
  if ('message' in answer.data) throw new Error(answer.data.message);
  return answer.data.accessToken;
}

/** A commander argument parser for 1 to `max`. */
function wholeNumber(max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1 && number <= max) return number;
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${max}.`);
  };
}
