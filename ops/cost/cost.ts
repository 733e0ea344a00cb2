import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { CommonOptions } from '../command.ts';
import { count, print, style, table } from '../output.ts';
import { Progress } from '../progress.ts';
import { type Cost, costOf } from './cost-of.ts';
import { type Fanout, readCounters } from './counters.ts';

interface Options extends CommonOptions {
  since: Date;
}

/** `cost`: what was used since a time, what that costs, and what a million deliveries come to. */
export async function cost(options: Options): Promise<void> {
  const { since } = options;
  const until = new Date();
  using progress = new Progress();
  const { counters, fanout } = await readCounters(new CloudWatchClient({}), since, until, (line) =>
    progress.show(line),
  );
  progress.show('');
  const priced = costOf(counters);
  print(options, { since, until, fanout, counters, ...priced }, () => describe(since, until, fanout, priced));
}

function describe(since: Date, until: Date, fanout: Fanout, priced: Cost): string {
  const { sends, deliveries, frames, posts } = fanout;
  const { lines, dollars, dollarsPerMillionDeliveries: perMillion, missing } = priced;
  const share = (part: number) => (deliveries > 0 ? money((part / deliveries) * 1e6) : '');
  const rows = lines.map((line, index) => [
    line.part === lines[index - 1]?.part ? '' : style('bold', line.part),
    line.what,
    count(line.quantity, line.quantity < 100 ? 3 : 0),
    money(line.dollars),
    share(line.dollars),
  ]);
  return [
    `${since.toISOString()} to ${until.toISOString()}`,
    `${count(sends)} sends, ${count(deliveries)} deliveries in ${count(frames)} frames` +
      (frames > 0 ? ` (${(deliveries / frames).toFixed(2)} messages a frame), ` : ', ') +
      `${count(posts)} posts`,
    '',
    table(
      [
        ['', '', 'quantity', '$', '$ a million deliveries'].map((head) => style('dim', head)),
        ...rows,
        [style('bold', 'Total'), '', '', style('bold', money(dollars)), style('bold', share(dollars))],
      ],
      [2, 3, 4],
    ),
    '',
    ...(perMillion === undefined ? ['Nothing was delivered: there is no cost a delivery.'] : []),
    style('yellow', `Not counted, as CloudWatch has no values: ${missing.join(', ')}.`),
  ].join('\n');
}

/** Enough digits for a part of a cent to be seen. */
function money(dollars: number): string {
  return dollars >= 1 ? dollars.toFixed(2) : dollars.toFixed(6);
}
