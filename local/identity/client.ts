import { stableId } from '../aws.ts';
import type { Resource } from '../template/provider.ts';
import type { ClientProperties } from './properties.ts';

/** An app client of a pool. Validities are in seconds. */
export interface AppClient {
  id: string;
  name: string;
  secret: string | undefined;
  /** Whether managed login serves it: AllowedOAuthFlowsUserPoolClient with the code flow. */
  managedLogin: boolean;
  scopes: string[];
  /** ExplicitAuthFlows: what Cognito's own API may sign in by. */
  authFlows: string[];
  callbackUrls: string[];
  logoutUrls: string[];
  accessTokenValidity: number;
  idTokenValidity: number;
  refreshTokenValidity: number;
}

/** Defaults are those of CreateUserPoolClient: an hour for access and id tokens, 30 days for refresh tokens. */
export function appClient(resource: Resource, properties: ClientProperties): AppClient {
  const seed = `${resource.stack}/${resource.logicalId}`;
  const units = properties.TokenValidityUnits;
  return {
    id: stableId(seed, 26),
    name: properties.ClientName ?? resource.logicalId,
    secret: properties.GenerateSecret ? stableId(`${seed}/secret`, 48) : undefined,
    managedLogin:
      properties.AllowedOAuthFlowsUserPoolClient === true && !!properties.AllowedOAuthFlows?.length,
    scopes: properties.AllowedOAuthScopes ?? [],
    authFlows: properties.ExplicitAuthFlows ?? [],
    callbackUrls: properties.CallbackURLs ?? [],
    logoutUrls: properties.LogoutURLs ?? [],
    accessTokenValidity: seconds(properties.AccessTokenValidity || 1, units?.AccessToken ?? 'hours'),
    idTokenValidity: seconds(properties.IdTokenValidity || 1, units?.IdToken ?? 'hours'),
    refreshTokenValidity: seconds(properties.RefreshTokenValidity || 30, units?.RefreshToken ?? 'days'),
  };
}

const secondsIn = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };

function seconds(validity: number, unit: keyof typeof secondsIn): number {
  return validity * secondsIn[unit];
}
