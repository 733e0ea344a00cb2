import type { ErrorCode } from '#shared/contract/frames.ts';

/**
 * The server refused something, by the contract's code; or the client ended before the server answered:
 * - `closed`: the room was left or the client closed
 * - `unsubscribed`: reading the room was refused, so that nothing can be sent to it
 */
export class FanfareError extends Error {
  override readonly name = 'FanfareError';
  readonly code: ErrorCode | 'closed' | 'unsubscribed';

  constructor(code: ErrorCode | 'closed' | 'unsubscribed', message: string) {
    super(message);
    this.code = code;
  }
}
