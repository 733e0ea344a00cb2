/** The command could not be carried out. `message` is a sentence for the person at the terminal. */
export class OpsError extends Error {
  override readonly name = 'OpsError';
}

/** What to print of an error that ended a command: a clear sentence where we know one, else all that there is. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message } = error;
  if (error instanceof OpsError) return message;
  if (name === 'CredentialsProviderError') {
    return `No AWS credentials: sign in (aws sso login), set AWS_PROFILE, or add --local for the local cloud. ${message}`;
  }
  if (/region is missing/i.test(message)) return 'No AWS region: set AWS_REGION, or add --local.';
  if (/^(AccessDenied|Unauthorized|UnrecognizedClient|ExpiredToken|InvalidClientTokenId)/.test(name)) {
    return `AWS refuses: ${message}`;
  }
  if (name === 'ResourceNotFoundException') {
    return `AWS has not what the command needs: ${message} Is all of Fanfare deployed in this region?`;
  }
  if ('code' in error && error.code === 'ECONNREFUSED') {
    return `Nothing answers: ${message}. Does the local cloud still run?`;
  }
  return error.stack ?? message;
}
