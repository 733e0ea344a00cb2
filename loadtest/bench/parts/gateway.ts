import { type StandAlone, standAlone } from '#local/gateway/stand-alone.ts';
import { clientNumber } from './client-number.ts';
import { gateway } from './contract.ts';
import { serve } from './serve.ts';
import { unbounded } from './unbounded.ts';

let started: StandAlone | undefined;

serve(gateway, {
  start: async () => {
    started = await standAlone(unbounded);
    return { url: started.webSocketUrl, managementUrl: started.managementUrl, key: started.key };
  },

  connections: () => {
    const ids: string[] = [];
    for (const { connectionId, userAgent } of running().gateway.connections())
      ids[clientNumber(userAgent)] = connectionId;
    return ids;
  },

  delay: ({ milliseconds }) => {
    running().gateway.faults = milliseconds > 0 ? () => ({ status: 200, delayMs: milliseconds }) : undefined;
    return {};
  },
});

function running(): StandAlone {
  if (!started) throw new Error('The gateway has not been started');
  return started;
}
