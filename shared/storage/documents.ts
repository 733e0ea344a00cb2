import {
  DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';

export type Documents = DynamoDBDocumentClient;

/** One operation of a transaction. Repositories make them; `transact` carries them out together. */
export type WriteItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** The transaction met a condition that does not hold. Nothing was written. */
export class ConditionFailed extends Error {
  override readonly name = 'ConditionFailed';
  /** Positions in the transaction of the operations whose conditions failed. */
  readonly failed: readonly number[];
  constructor(failed: readonly number[]) {
    super(`Condition failed of operation ${failed.join(', ')}`);
    this.failed = failed;
  }
}

/** Another transaction touched the same rows at the same moment. Nothing was written; read again and retry. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

/** One client an execution environment: its connections are reused by every invocation. */
export function openDocuments(): Documents {
  return DynamoDBDocumentClient.from(new DynamoDBClient({}), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

/**
 * Writes all of the items or none.
 * @throws ConditionFailed, Conflict, or the SDK's own errors
 */
export async function transact(documents: Documents, items: WriteItem[]): Promise<void> {
  try {
    await documents.send(new TransactWriteCommand({ TransactItems: items }));
  } catch (error) {
    if (error instanceof TransactionConflictException) throw new Conflict();
    if (!(error instanceof TransactionCanceledException)) throw error;
    const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
    if (codes.includes('TransactionConflict')) throw new Conflict();
    const failed = codes.flatMap((code, index) => (code === 'ConditionalCheckFailed' ? [index] : []));
    if (failed.length === 0) throw error;
    throw new ConditionFailed(failed);
  }
}

/** How long conflicts are retried, in ms: half of what a handler may take, and of what a client waits. */
const patienceMs = 5_000;

/**
 * Runs `attempt` again after a short random wait as long as it ends in a conflict, its own or that of a single write
 * with somebody's transaction. A burst of one member's sends, all at once, is done long before patience ends.
 */
export async function retryOnConflict<T>(attempt: () => Promise<T>, forMs = patienceMs): Promise<T> {
  const deadline = Date.now() + forMs;
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      const conflict = error instanceof Conflict || error instanceof TransactionConflictException;
      if (!conflict || Date.now() >= deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(320, 10 * 2 ** tried)));
    }
  }
}
