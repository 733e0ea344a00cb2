import { types } from 'node:util';
import type { InvocationError } from './protocol.ts';

/** An error of the runtime's own, such as `Runtime.HandlerNotFound`. */
export class RuntimeError extends Error {
  override readonly name: string;

  constructor(errorType: string, message: string) {
    super(message);
    this.name = errorType;
  }
}

/** What Lambda reports of anything thrown. */
export function invocationError(thrown: unknown): InvocationError {
  if (!isError(thrown)) return { errorType: typeof thrown, errorMessage: String(thrown), stackTrace: [] };
  const { name, message, stack } = thrown;
  return { errorType: name, errorMessage: message, stackTrace: stack?.split('\n') ?? [] };
}

function isError(thrown: unknown): thrown is Error {
  return types.isNativeError(thrown) || thrown instanceof Error;
}
