import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Cloud } from '#local/cloud.ts';
import { connectionKeys } from '#shared/storage/keys.ts';
import { deadlinePartition } from '#shared/storage/socket-deadline.ts';
import { logLine } from './log-line.ts';
import type { Storage } from './storage.ts';

/** Runs the sweeper as if it were another time; resolves when it has ended. It goes on where it was. */
export async function sweep(cloud: Cloud, at: number): Promise<void> {
  const swept = logLine(cloud, '/fanfare/sweep', '"Swept"');
  cloud.events.runSchedule('fanfare-sweep', new Date(at));
  await swept;
}

/** The same from the beginning, though a run of the test's has been at a later time. */
export async function sweepAnew(cloud: Cloud, storage: Storage, at: number): Promise<void> {
  await storage.documents.send(
    new DeleteCommand({ TableName: storage.table('Connections'), Key: connectionKeys.sweep }),
  );
  await sweep(cloud, at);
}

/** The rows of a person's connections. */
export async function connectionRows(storage: Storage, userId: string) {
  const { pk } = connectionKeys.connection(userId, '');
  const rows = await storage.rows('Connections');
  return rows.filter((row) => row.pk === pk && String(row.sk).startsWith('CONNECTION#'));
}

/** Makes a person's sockets as if they had been opened so long ago. */
export async function age(storage: Storage, userId: string, ageMs: number): Promise<void> {
  for (const { pk, sk, connectedAt, tokenExpiresAt } of await connectionRows(storage, userId)) {
    const { connectionId } = connectionKeys.connectionOf(String(pk), String(sk));
    const deadline = { connectedAt: Number(connectedAt) - ageMs, tokenExpiresAt: Number(tokenExpiresAt) };
    await storage.documents.send(
      new UpdateCommand({
        TableName: storage.table('Connections'),
        Key: { pk, sk },
        UpdateExpression: 'SET connectedAt = :at, deadlineMinute = :minute',
        ExpressionAttributeValues: {
          ':at': deadline.connectedAt,
          ':minute': deadlinePartition(connectionId, deadline, Date.now()),
        },
      }),
    );
  }
}
