import type { SQSClient } from '@aws-sdk/client-sqs';
import { prefix } from '../deployment.ts';
import { plural } from '../output.ts';
import { depthOf } from '../redrive/dead-letters.ts';
import { type Check, problem, well } from './finding.ts';

/** What failed for good and waits for an operator. */
export function deadLetterChecks(sqs: SQSClient, queues: Map<string, string>): Check[] {
  return [...queues]
    .filter(([name]) => name.endsWith('-dlq'))
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, url]) => ({
      area: 'Dead letters',
      check: name,
      async look() {
        const held = await depthOf(sqs, url);
        const short = name.slice(prefix.length, -'-dlq'.length);
        return held === 0 ? well('empty') : problem(`${plural(held, 'message')}: redrive ${short} --dry-run`);
      },
    }));
}
