import { type CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { type Check, problem, warning, well } from './finding.ts';

interface Alarm {
  name: string;
  state: string;
  reason: string;
}

/** The alarms of the observability stack, all in one check: those that have gone off are named with their reasons. */
export function alarmChecks(client: CloudWatchClient): Check[] {
  return [
    {
      area: 'Alarms',
      check: 'alarms',
      async look() {
        const alarms = await readAlarms(client);
        if (alarms.length === 0) return warning('none is deployed');
        const gone = alarms.filter(({ state }) => state === 'ALARM');
        if (gone.length === 0) return well(`${alarms.length}, none has gone off`);
        return problem(gone.map(({ name, reason }) => `${name}: ${reason}`).join('; '));
      },
    },
  ];
}

/** Both kinds; the stacks' names begin alike. */
async function readAlarms(client: CloudWatchClient): Promise<Alarm[]> {
  const alarms: Alarm[] = [];
  const pages = paginateDescribeAlarms(
    { client },
    { AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], AlarmNamePrefix: 'fanfare' },
  );
  for await (const { MetricAlarms = [], CompositeAlarms = [] } of pages) {
    for (const { AlarmName = '', StateValue = '', StateReason = '' } of [
      ...CompositeAlarms,
      ...MetricAlarms,
    ]) {
      alarms.push({ name: AlarmName, state: StateValue, reason: StateReason });
    }
  }
  return alarms;
}
