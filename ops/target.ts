import { findRunning } from '#local/running.ts';
import { OpsError } from './explain.ts';

/** Nothing listens here: a call of a service that the local cloud does not play must not leave this machine. */
const nowhere = 'http://127.0.0.1:9';

/**
 * Points the AWS SDK's clients to the local cloud that runs on a data folder: by environment variables, so that nothing
 * else knows of it. Call it before a client is made.
 * @throws OpsError where none runs, or on another port
 */
export function pointToLocalCloud(dataDir: string, port?: number): void {
  const running = findRunning(dataDir);
  if (!running) throw new OpsError(`No local cloud runs on ${dataDir}: start it with npm start.`);
  if (port !== undefined && running.port !== port) {
    throw new OpsError(
      `The local cloud of ${dataDir} is on port ${running.port}, not ${port}: name another's folder with --data.`,
    );
  }
  if (!running.environment) throw new OpsError('The local cloud is still starting: try again in a moment.');
  // What this shell has of AWS would win over, or be sent along with, what the local cloud says.
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, { AWS_ENDPOINT_URL: nowhere, ...running.environment });
}
