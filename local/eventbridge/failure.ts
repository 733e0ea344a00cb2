/** Why a delivery failed, by the codes that EventBridge writes into a dead-letter queue. */
export interface Failure {
  code: string;
  message: string;
  /** Whether trying again may help; what can't pass goes to the dead-letter queue at once. */
  retriable: boolean;
}

/** Names an error of a target: the SDK's, Node's, or one thrown on the way. */
export function toFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: 'INTERNAL_ERROR', message: String(error), retriable: true };
  const named = permanent[error.name] ?? transient[error.name];
  return {
    code: named ?? (isConnectionError(error) ? 'CONNECTION_FAILURE' : 'SDK_CLIENT_ERROR'),
    message: error.message || error.name,
    retriable: permanent[error.name] === undefined,
  };
}

const permanent: Record<string, string> = {
  QueueDoesNotExist: 'NO_RESOURCE',
  ResourceNotFoundException: 'NO_RESOURCE',
  AccessDenied: 'NO_PERMISSIONS',
  AccessDeniedException: 'NO_PERMISSIONS',
  InvalidMessageContents: 'INVALID_PARAMETER',
  InvalidParameterValue: 'INVALID_PARAMETER',
  MissingParameter: 'INVALID_PARAMETER',
  RequestEntityTooLargeException: 'INVALID_PARAMETER',
  SyntaxError: 'INVALID_JSON',
};

const transient: Record<string, string> = {
  RequestThrottled: 'THROTTLING',
  ThrottlingException: 'THROTTLING',
  TimeoutError: 'TIMEOUT',
};

function isConnectionError(error: Error): boolean {
  return 'code' in error && /^(ECONN|EPIPE|EHOST|ENOTFOUND)/.test(String(error.code));
}
