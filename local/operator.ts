import { region } from './aws.ts';
import { cloudWatchLogsApi } from './cloudwatch-logs/cloudwatch-logs.ts';
import { type Credentials, operator } from './credentials.ts';
import type { EventSources } from './event-sources/event-sources.ts';
import { listen } from './http.ts';
import { adminApi } from './identity/admin-api.ts';
import type { Identity } from './identity/identity.ts';
import { lambdaApi } from './lambda/api.ts';
import type { Lambda } from './lambda/lambda.ts';
import type { Logs } from './lambda/logs.ts';

interface OperatorNeeds {
  lambda: Lambda;
  eventSources: EventSources;
  logs: Logs;
  identity: Identity;
  credentials: Credentials;
  /** The endpoints that functions have, by environment variable. */
  endpoints: Record<string, string>;
}

export interface OperatorAccess {
  /** The environment in which the AWS SDK speaks to the local cloud, as somebody who may do everything. */
  environment: Record<string, string>;
  close(): Promise<void>;
}

/** Opens the APIs that an operator needs and no function does: Lambda's, the logs', and Cognito's for administrators. */
export async function openToOperator(needs: OperatorNeeds): Promise<OperatorAccess> {
  const { lambda, eventSources, logs, identity, credentials, endpoints } = needs;
  const [lambdaDoor, logsDoor, identityDoor] = await Promise.all([
    listen(
      lambdaApi({
        invoker: lambda,
        functions: () => lambda.functions(),
        mappings: () => eventSources.mappings(),
        credentials,
      }),
    ),
    listen(cloudWatchLogsApi(logs, credentials)),
    listen(adminApi(identity, credentials)),
  ]);
  const { accessKeyId, secretAccessKey } = credentials.issue(operator);
  return {
    environment: {
      ...endpoints,
      AWS_ENDPOINT_URL_LAMBDA: lambdaDoor.url,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: logsDoor.url,
      AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: identityDoor.url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
    async close() {
      await Promise.all([lambdaDoor.close(), logsDoor.close(), identityDoor.close()]);
    },
  };
}
