import { Duration } from 'aws-cdk-lib';
import { Dashboard, SingleValueWidget, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { aws, math, measured } from './metrics.ts';
import type { ServiceFunction } from './service-function.ts';
import { graph, logTable } from './widgets.ts';

const day = Duration.days(1);

/** "Fanfare: community": who is there, how much is said and where, and whether it becomes more. */
export class CommunityDashboard extends Construct {
  constructor(scope: Construct, id: string, functions: ServiceFunction[]) {
    super(scope, id);
    const of = (service: string) => functions.filter((fn) => fn.service === service);
    const people = math(
      'RUNNING_SUM(FILL(came, 0) - FILL(went, 0))',
      { came: measured('CameOnline'), went: measured('WentOffline') },
      'people: more than at the beginning',
    );
    const sockets = math(
      'RUNNING_SUM(FILL(opened, 0) - FILL(closed, 0) - FILL(pruned, 0) - FILL(swept, 0))',
      {
        opened: measured('ConnectionsOpened'),
        closed: measured('ConnectionsClosed'),
        pruned: measured('StalePruned'),
        swept: measured('SweptStale'),
      },
      'sockets: more than at the beginning',
    );
    new Dashboard(this, 'Dashboard', {
      dashboardName: 'Fanfare-community',
      defaultInterval: Duration.hours(24),
      widgets: [
        [
          new TextWidget({
            width: 6,
            height: 6,
            markdown: [
              '# Fanfare: community',
              'CloudWatch counts what happens, not what is: people online are those who came less those who went, and',
              'sockets those opened less those closed or found gone, **since the beginning of the time shown**. Choose',
              'one that begins when nobody was there.',
            ].join('\n'),
          }),
          graph('People online', [people, sockets], { unit: 'at once', width: 9 }),
          graph('Messages', [measured('Sends', 'Sum', 'sent'), measured('Deliveries', 'Sum', 'delivered')], {
            unit: 'a minute',
            width: 9,
          }),
        ],
        [
          logTable(
            'Hot rooms',
            of('send-message'),
            [
              'filter message = "Written"',
              'stats count(*) as messages, count_distinct(connectionId) as senders by room',
              'sort messages desc',
              'limit 20',
            ],
            8,
          ),
          logTable(
            'Widest rooms',
            of('deliver'),
            [
              'filter message = "Delivered"',
              'stats sum(delivered) as frames, max(milliseconds) as slowestMs by room',
              'sort frames desc',
              'limit 20',
            ],
            8,
          ),
          graph(
            'Sockets',
            [
              measured('ConnectionsOpened', 'Sum', 'opened'),
              measured('ConnectionsClosed', 'Sum', 'closed'),
              measured('StalePruned', 'Sum', 'found gone'),
            ],
            { unit: 'a minute' },
          ),
        ],
        [
          new SingleValueWidget({
            title: 'Today',
            width: 8,
            height: 6,
            metrics: [
              measured('Sends', 'Sum', 'messages').with({ period: day }),
              measured('ConnectionsOpened', 'Sum', 'sockets opened').with({ period: day }),
            ],
          }),
          graph('Growth: messages a day', [measured('Sends', 'Sum', 'messages').with({ period: day })], {
            unit: 'a day',
          }),
          graph(
            'Growth: sign-ins a day',
            of('post-authentication').map((fn) => aws.function(fn, 'Invocations').with({ period: day })),
            { unit: 'a day' },
          ),
        ],
      ],
    });
  }
}
