import { EngineUnavailableError } from './engines/dynamodb-engine.ts';
import { RunningError } from './running.ts';
import { SynthError } from './synth.ts';
import { AssemblyError } from './template/assembly.ts';
import { DeployError } from './template/deploy.ts';
import { CycleError } from './template/order.ts';
import { TemplateError } from './template/place.ts';
import { UnsupportedError } from './template/provider.ts';

/** Errors whose message is written for the person at the terminal. */
const forPeople = [
  AssemblyError,
  CycleError,
  DeployError,
  EngineUnavailableError,
  RunningError,
  SynthError,
  TemplateError,
  UnsupportedError,
];

/** What to print of an error that ended the start: one clear sentence where we know it, else all that there is. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE' && 'port' in error) {
    return `Port ${error.port} is taken: stop what listens there, or choose another with \`npm start -- --port N\`.`;
  }
  if ('code' in error && error.code === 'EACCES' && 'port' in error) {
    return `Port ${error.port} needs more rights than this user has: choose one over 1023 with \`npm start -- --port N\`.`;
  }
  return forPeople.some((type) => error instanceof type) ? error.message : (error.stack ?? error.message);
}
