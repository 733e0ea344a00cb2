import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { CommonOptions } from '../command.ts';
import { count, plural, print, style, table } from '../output.ts';
import { Progress } from '../progress.ts';
import { type Cost, type CostLine, costOf } from './cost-of.ts';
import { type Fanout, readCounters } from './counters.ts';

interface Options extends CommonOptions {
  since: Date;
}

/** `cost`: what was used since a time, what that costs, and what a million deliveries come to. */
export async function cost(options: Options): Promise<void> {
  const { since } = options;
  const until = new Date();
  using progress = new Progress();
  const countedBy = {
    cloudWatch: new CloudWatchClient({}),
    lambda: new LambdaClient({}),
    sqs: new SQSClient({}),
    dynamodb: new DynamoDBClient({}),
  };
  const { counters, fanout } = await readCounters(countedBy, since, until, (line) => progress.show(line));
  progress.show('');
  const priced = costOf(counters);
  print(options, { since, until, fanout, counters, ...priced }, () => describe(since, until, fanout, priced));
}

function describe(since: Date, until: Date, fanout: Fanout, priced: Cost): string {
  const { sends, deliveries, frames, posts } = fanout;
  const { lines, dollars, dollarsPerMillionDeliveries: perMillion, missing } = priced;
  const amounts = (of: CostLine[]) => {
    const part = total(of);
    return [part.toFixed(6), deliveries > 0 ? ((part / deliveries) * 1e6).toFixed(3) : ''];
  };
  const rows = byDollars(lines, ({ part }) => part).flatMap(([part, partLines]) => [
    [part, '', ...amounts(partLines)].map((cell) => style('bold', cell)),
    ...byDollars(partLines, ({ of }) => of).map(([of, ofLines]) => [
      `  ${of}`,
      ofLines.map(({ quantity, unit }) => `${count(quantity, quantity < 10 ? 3 : 0)} ${unit}`).join(', '),
      ...amounts(ofLines),
    ]),
  ]);
  return [
    `${since.toISOString()} to ${until.toISOString()}`,
    `${plural(sends, 'send')}, ${plural(deliveries, 'delivery', 'deliveries')}, ${plural(posts, 'post')}` +
      (frames > 0 ? `, ${(deliveries / frames).toFixed(2)} messages a frame` : ''),
    '',
    table(
      [
        ['', '', '$', '$ a million deliveries'].map((head) => style('dim', head)),
        ...rows,
        ['Total', '', ...amounts(lines)].map((cell) => style('bold', cell)),
      ],
      [2, 3],
    ),
    '',
    ...(perMillion === undefined ? ['Nothing was delivered: there is no cost a delivery.'] : []),
    ...(dollars === 0 ? ['Nothing was used.'] : []),
    style('yellow', `Not counted, as CloudWatch has no values: ${missing.join(', ')}.`),
  ].join('\n');
}

/** Lines in groups, the dearest first. */
function byDollars(lines: CostLine[], group: (line: CostLine) => string): [string, CostLine[]][] {
  return [...Map.groupBy(lines, group)].toSorted(([, a], [, b]) => total(b) - total(a));
}

function total(lines: CostLine[]): number {
  return lines.reduce((sum, { dollars }) => sum + dollars, 0);
}
