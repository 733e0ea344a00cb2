import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Alarms } from './constructs/alarms.ts';
import { CommunityDashboard } from './constructs/community-dashboard.ts';
import { deliveryAlarms } from './constructs/delivery-alarms.ts';
import { DeliveryDashboard } from './constructs/delivery-dashboard.ts';
import { saveMessageStory } from './constructs/message-story.ts';
import { notifyAlarms } from './constructs/notify-alarms.ts';
import { platformAlarms } from './constructs/platform-alarms.ts';
import { ServiceFunction } from './constructs/service-function.ts';
import { webhookAlarms } from './constructs/webhook-alarms.ts';
import type { DataStack } from './data.ts';
import type { EdgeStack } from './edge.ts';
import type { RealtimeStack } from './realtime.ts';
import type { Settings } from './settings.ts';

interface ObservabilityProps extends StackProps {
  settings: Settings;
  data: DataStack;
  edge: EdgeStack;
  realtime: RealtimeStack;
}

/** What an operator looks at: alarms and who they tell, dashboards, saved queries. It comes last: it watches the rest. */
export class ObservabilityStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { settings, data, edge, realtime, ...props }: ObservabilityProps,
  ) {
    super(scope, id, props);
    const functions = allFunctions(scope);
    const alarms = new Alarms(
      this,
      'Alarms',
      [
        ...deliveryAlarms(realtime, settings),
        ...notifyAlarms(realtime.events, settings),
        ...webhookAlarms(realtime.events.webhooks, settings),
        ...platformAlarms({ functions, data, edge }, settings),
      ],
      settings,
    );
    new DeliveryDashboard(this, 'Delivery', { settings, alarms, pipeline: realtime, functions, data, edge });
    new CommunityDashboard(this, 'Community', functions);
    saveMessageStory(this, functions);
  }
}

/** Found, not listed: a new function is watched without anybody's thinking of it. */
function allFunctions(app: Construct): ServiceFunction[] {
  return app.node.findAll().filter((construct) => construct instanceof ServiceFunction);
}
