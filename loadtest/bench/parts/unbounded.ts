import type { GatewayLimits } from '#local/gateway/limits.ts';

/** The machine is to be what bounds: not an account's quotas, nor the ten minutes that a connection may be idle. */
export const unbounded: Partial<GatewayLimits> = {
  newConnectionsPerSecond: 1e6,
  requestsPerSecond: 1e9,
  requestBurst: 1e9,
  idleMs: 3_600_000,
};
