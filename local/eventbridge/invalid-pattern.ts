/** A pattern that EventBridge would refuse to store. `reason` is what AWS names after "Reason:". */
export class InvalidPatternError extends Error {
  override readonly name = 'InvalidPatternError';
  readonly reason: string;

  constructor(reason: string) {
    super(`Event pattern is not valid. Reason: ${reason}`);
    this.reason = reason;
  }
}
