import { type App, Tags } from 'aws-cdk-lib';
import { ApiStack } from './api.ts';
import { DataStack } from './data.ts';
import { EdgeStack } from './edge.ts';
import { IdentityStack } from './identity.ts';
import { ObservabilityStack } from './observability.ts';
import { RealtimeStack } from './realtime.ts';
import { readSettings } from './settings.ts';
import { WebStack } from './web.ts';

/**
 * Everything that is deployed, by the settings in the app's context.
 * @throws as readSettings does
 */
export function addStacks(app: App): void {
  const settings = readSettings(app);

  const edge = new EdgeStack(app, 'FanfareEdge', {
    description: 'Fanfare: APIs, page bucket and their domain',
  });
  const data = new DataStack(app, 'FanfareData', { description: 'Fanfare: tables and files', edge });
  const identity = new IdentityStack(app, 'FanfareIdentity', {
    description: 'Fanfare: user pool and sign-in',
    settings,
    data,
    edge,
  });
  const realtime = new RealtimeStack(app, 'FanfareRealtime', {
    description: 'Fanfare: sockets, fan-out and events',
    settings,
    data,
    edge,
    identity,
  });
  new ApiStack(app, 'FanfareApi', { description: 'Fanfare: HTTP API', data, edge, identity });
  new WebStack(app, 'FanfareWeb', { description: 'Fanfare: the page', edge, identity });

  new ObservabilityStack(app, 'FanfareObservability', {
    description: 'Fanfare: alarms and dashboards',
    settings,
    data,
    edge,
    realtime,
  });

  Tags.of(app).add('application', 'fanfare');
}
