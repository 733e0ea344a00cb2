import { z } from 'zod';
import { findRunning } from '#local/running.ts';
import { pointToLocalCloud } from '#ops/target.ts';
import { startCloud } from '../start-cloud.ts';

/** What is put under load. The AWS SDK's environment is set for it. */
export interface Target {
  /** Where the page is, without a slash at the end. */
  origin: string;
  webSocketUrl: string;
  poolId: string;
  clientId: string;
  /** True of a cloud that was started for this run, and ends with it: nothing in it needs to be put away. */
  isOwn: boolean;
  stop(): Promise<void>;
}

/** There is nothing to test there. */
class TargetError extends Error {
  override readonly name = 'TargetError';
}

const config = z.object({ issuer: z.url(), clientId: z.string(), webSocketUrl: z.url() });

/** A deployment, by its WebSocket's address: the rest is in the page's `config.json`. */
export async function deployment(address: URL): Promise<Target> {
  const target = await readTarget(`https://${address.host}`);
  // The region of everything that the SDK is asked about this deployment.
  process.env.AWS_REGION = target.poolId.replace(/_.*$/, '');
  return { ...target, isOwn: false, stop: async () => {} };
}

/** The local cloud that runs on a data folder, or, where none does, one of this run's own. */
export async function localCloud(data: string, say: (line: string) => void): Promise<Target> {
  const running = findRunning(data);
  if (running) {
    pointToLocalCloud(data);
    const target = await readTarget(`http://localhost:${running.port}`);
    return { ...target, isOwn: false, stop: async () => {} };
  }
  say(`No local cloud runs on ${data}: starting one for this run, in a temporary folder.`);
  const started = await startCloud();
  try {
    pointToLocalCloud(started.data);
    return { ...(await readTarget(started.url)), isOwn: true, stop: () => started.stop() };
  } catch (error) {
    await started.stop();
    throw error;
  }
}

/**
 * What a page says of its deployment.
 * @throws TargetError where there is no such page
 */
export async function readTarget(origin: string) {
  const response = await fetch(`${origin}/config.json`).catch((cause: unknown) => {
    throw new TargetError(`${origin} does not answer.`, { cause });
  });
  const parsed = config.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw new TargetError(`${origin}/config.json is not that of a Fanfare page.`);
  const { issuer, clientId, webSocketUrl } = parsed.data;
  return { origin, webSocketUrl, clientId, poolId: issuer.slice(issuer.lastIndexOf('/') + 1) };
}
