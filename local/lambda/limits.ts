/** Lambda's quotas, and the bounds that a laptop adds to them. */
export const lambdaLimits = {
  /** Bytes of a synchronous request or response: Lambda's quota of 6 MB, with what it grants above. */
  syncPayloadBytes: 6_291_556,
  /** Bytes of an asynchronous event: Lambda's quota of 1 MB. */
  asyncPayloadBytes: 1_048_576,
  /** Time to import the handler's module and run its top level. */
  initMs: 10_000,
  /**
   * Environments that one function may have here; further invocations wait in line. AWS would start up to 1,000,
   * but on a laptop more threads than this only take each other's time and some 20 MB of memory each.
   */
  environmentsPerFunction: 10,
  /**
   * An environment that has been idle for so long is ended, except for a function's last one. AWS takes 5–15 minutes; a
   * laptop's memory is worth more than the tenth of a second that starting one again takes.
   */
  idleMs: 30_000,
  /** Retries of an asynchronous event, unless an EventInvokeConfig says otherwise. */
  asyncRetries: 2,
  /** Age at which an asynchronous event is given up, unless an EventInvokeConfig says otherwise. */
  asyncEventAgeMs: 6 * 3_600_000,
} as const;
