import { type AccessKey, Credentials, operator } from '#local/credentials.ts';
import type { Created } from '#local/template/provider.ts';
import { Gateway } from './gateway.ts';
import type { GatewayLimits } from './limits.ts';

/** A WebSocket API without functions: everybody may connect, and who has the key may post to them. */
export interface StandAlone {
  gateway: Gateway;
  /** Where clients connect: `ws://127.0.0.1:<port>/{api}/ws` */
  webSocketUrl: string;
  /** The endpoint of the management API, for PostToConnection: `http://127.0.0.1:<port>/{api}/ws` */
  managementUrl: string;
  /** A key that may post, with whatever session token. */
  key: AccessKey;
  stop(): Promise<void>;
}

/** Starts the gateway of the local cloud by itself, for measurements of it and of what posts through it. */
export async function standAlone(limits: Partial<GatewayLimits> = {}): Promise<StandAlone> {
  const credentials = new Credentials();
  const gateway = await Gateway.start({
    invoker: {
      invoke: () => Promise.reject(new Error('The gateway runs without functions')),
      invokeAsync: () => {
        throw new Error('The gateway runs without functions');
      },
    },
    credentials,
    authorize: () => undefined,
    publicUrl: 'http://127.0.0.1:0',
    rewrite: () => {},
    serveObject: () => false,
    accessLog: () => {},
    limits,
  });
  const create = async (type: string, properties: Record<string, unknown>): Promise<Created> => {
    const provider = gateway.providers[`AWS::ApiGatewayV2::${type}`];
    if (!provider) throw new Error(`The gateway makes no ${type}`);
    return provider({ stack: 'StandAlone', logicalId: type, type, properties, metadata: {} });
  };
  const { ref: ApiId } = await create('Api', {
    Name: 'StandAlone',
    ProtocolType: 'WEBSOCKET',
    RouteSelectionExpression: '$request.body.action',
  });
  await create('Stage', { ApiId, StageName: 'ws', AutoDeploy: true });
  const managementUrl = `${gateway.url}/${ApiId}/ws`;
  return {
    gateway,
    webSocketUrl: managementUrl.replace(/^http/, 'ws'),
    managementUrl,
    key: credentials.issue(operator),
    stop: () => gateway.stop(),
  };
}
