import { Logger } from '@aws-lambda-powertools/logger';
import type { Message } from '../storage/messages.ts';

/** The one logger: JSON lines with the stage's name, its level by POWERTOOLS_LOG_LEVEL. */
export const logger = new Logger();

/**
 * One line for each room of a batch, with its messages' seqs and their clients' own ids: what became of a message is
 * found by room and seq across every stage's log ("The story of a message", docs/runbook.md).
 */
export function logMessages(what: string, messages: readonly Message[]): void {
  for (const [room, log] of Map.groupBy(messages, ({ roomId }) => roomId)) {
    logger.info(what, { room, seqs: log.map(({ seq }) => seq), correlationIds: log.map(({ id }) => id) });
  }
}
