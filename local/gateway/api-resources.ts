import { z } from 'zod';
import { stableId } from '#local/aws.ts';
import { parseProperties, unsupported } from '#local/template/properties.ts';
import type { Providers, Resource } from '#local/template/provider.ts';
import type { Api, Authorizer, IdentitySource, Integration, Route } from './api.ts';
import { domainOf } from './api.ts';
import { mockStatus, selectTemplate, velocityIn } from './mock-integration.ts';
import { routeSelection } from './route-selection.ts';
import * as schema from './schemas.ts';
import { TokenBucket } from './throttle.ts';

/**
 * Makes APIs of the resources `AWS::ApiGatewayV2::*`. A deployment begins anew at the `Api` resource, so that what
 * left the template leaves the API; `put` tells that an API is there or was replaced.
 */
export class ApiResources {
  readonly #put: (api: Api) => void;
  readonly #apis = new Map<string, Api>();
  readonly #integrations = new Map<string, Integration>();
  readonly #authorizers = new Map<string, Authorizer>();
  readonly #routes = new Map<string, Route>();

  constructor(put: (api: Api) => void) {
    this.#put = put;
  }

  readonly providers: Providers = {
    'AWS::ApiGatewayV2::Api': (resource) => this.#api(resource),
    'AWS::ApiGatewayV2::Stage': (resource) => this.#stage(resource),
    'AWS::ApiGatewayV2::Integration': (resource) => this.#integration(resource),
    'AWS::ApiGatewayV2::IntegrationResponse': (resource) => this.#integrationResponse(resource),
    'AWS::ApiGatewayV2::Authorizer': (resource) => this.#authorizer(resource),
    'AWS::ApiGatewayV2::Route': (resource) => this.#route(resource),
    'AWS::ApiGatewayV2::RouteResponse': (resource) => this.#routeResponse(resource),
    // Every stage serves the API as it is now, so a deployment is a name only.
    'AWS::ApiGatewayV2::Deployment': (resource) => {
      parseProperties(resource, schema.deployment);
      return { ref: idOf(resource, 6) };
    },
  };

  #api(resource: Resource) {
    const given = parseProperties(resource, schema.api);
    const expression = given.RouteSelectionExpression ?? '$request.body.action';
    const selectRouteKey = routeSelection(expression);
    if (!selectRouteKey && given.ProtocolType === 'WEBSOCKET') {
      throw unsupported(
        resource,
        'RouteSelectionExpression',
        `the local cloud does not play '${expression}'`,
      );
    }
    const cors = given.CorsConfiguration;
    const api: Api = {
      id: idOf(resource, 10),
      protocol: given.ProtocolType,
      stages: new Map(),
      routes: new Map(),
      selectRouteKey: selectRouteKey ?? (() => undefined),
      cors: cors && {
        allowOrigins: cors.AllowOrigins ?? [],
        allowMethods: cors.AllowMethods ?? [],
        allowHeaders: cors.AllowHeaders ?? [],
        exposeHeaders: cors.ExposeHeaders ?? [],
        allowCredentials: cors.AllowCredentials ?? false,
        maxAge: cors.MaxAge,
      },
    };
    this.#apis.set(api.id, api);
    this.#put(api);
    const scheme = api.protocol === 'WEBSOCKET' ? 'wss' : 'https';
    return {
      ref: api.id,
      attributes: { ApiId: api.id, ApiEndpoint: `${scheme}://${domainOf(api.id)}` },
    };
  }

  #stage(resource: Resource) {
    const given = parseProperties(resource, schema.stage);
    const { DestinationArn, Format } = given.AccessLogSettings ?? {};
    const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = given.DefaultRouteSettings ?? {};
    this.#apiOf(resource, given.ApiId).stages.set(given.StageName, {
      name: given.StageName,
      variables: given.StageVariables,
      accessLog: DestinationArn && Format ? { destinationArn: DestinationArn, format: Format } : undefined,
      throttle: rate === undefined && burst === undefined ? undefined : stageThrottle(rate, burst),
    });
    return { ref: given.StageName };
  }

  #integration(resource: Resource) {
    const given = parseProperties(resource, schema.integration);
    const { protocol } = this.#apiOf(resource, given.ApiId);
    const id = idOf(resource, 7);
    if (given.IntegrationType === 'MOCK') {
      const template = selectTemplate(given.RequestTemplates, given.TemplateSelectionExpression);
      if (template === undefined) {
        throw unsupported(resource, 'RequestTemplates', 'it has no template for TemplateSelectionExpression');
      }
      plain(resource, 'RequestTemplates', template);
      const status = mockStatus(template);
      if (status === undefined) {
        throw unsupported(resource, 'RequestTemplates', 'it is not JSON with a number statusCode');
      }
      this.#integrations.set(id, { kind: 'mock', id, status, responses: new Map() });
    } else {
      if (protocol === 'HTTP' && given.PayloadFormatVersion !== '2.0') {
        throw unsupported(resource, 'PayloadFormatVersion', 'the local cloud plays 2.0 only');
      }
      this.#integrations.set(id, {
        kind: 'function',
        id,
        functionArn: functionArn(resource, 'IntegrationUri', given.IntegrationUri),
        timeoutMs: given.TimeoutInMillis,
      });
    }
    return { ref: id };
  }

  #integrationResponse(resource: Resource) {
    const given = parseProperties(resource, schema.integrationResponse);
    const integration = this.#integrations.get(given.IntegrationId);
    if (integration?.kind !== 'mock') {
      throw unsupported(
        resource,
        'IntegrationId',
        'it names no MOCK integration, and proxies have no integration responses',
      );
    }
    const template = selectTemplate(given.ResponseTemplates, given.TemplateSelectionExpression);
    if (template === undefined) {
      throw unsupported(resource, 'ResponseTemplates', 'it has no template for TemplateSelectionExpression');
    }
    plain(resource, 'ResponseTemplates', template);
    integration.responses.set(given.IntegrationResponseKey, template);
    return { ref: idOf(resource, 7) };
  }

  #authorizer(resource: Resource) {
    const given = parseProperties(resource, schema.authorizer);
    const { protocol } = this.#apiOf(resource, given.ApiId);
    const id = idOf(resource, 6);
    const sources = (given.IdentitySource ?? []).map((source) => identitySource(resource, source));
    if (given.AuthorizerType === 'JWT') {
      const jwt = given.JwtConfiguration;
      const [source] = sources;
      if (!jwt || !source || sources.length > 1 || protocol !== 'HTTP') {
        throw unsupported(
          resource,
          'AuthorizerType',
          'JWT needs an HTTP API, JwtConfiguration and one IdentitySource',
        );
      }
      const { Issuer: issuer, Audience: audience } = jwt;
      this.#authorizers.set(id, { kind: 'jwt', id, issuer, audience, identitySource: source });
    } else {
      if (protocol !== 'WEBSOCKET') {
        throw unsupported(
          resource,
          'AuthorizerType',
          'the local cloud plays REQUEST for WebSocket APIs only',
        );
      }
      this.#authorizers.set(id, {
        kind: 'request',
        id,
        functionArn: functionArn(resource, 'AuthorizerUri', given.AuthorizerUri),
        identitySources: sources,
      });
    }
    return { ref: id, attributes: { AuthorizerId: id } };
  }

  #route(resource: Resource) {
    const given = parseProperties(resource, schema.route);
    const api = this.#apiOf(resource, given.ApiId);
    const id = idOf(resource, 7);
    const integrationId = given.Target?.replace(/^integrations\//, '');
    const integration = integrationId === undefined ? undefined : this.#integrations.get(integrationId);
    if (integrationId !== undefined && !integration) {
      throw unsupported(resource, 'Target', `'${given.Target}' is no integration of a template`);
    }
    const authorizer = this.#authorizers.get(given.AuthorizerId ?? '');
    const secured = (given.AuthorizationType ?? 'NONE') !== 'NONE';
    if (secured && !authorizer) {
      throw unsupported(resource, 'AuthorizerId', `'${given.AuthorizerId}' is no authorizer of a template`);
    }
    if (secured && api.protocol === 'WEBSOCKET' && given.RouteKey !== '$connect') {
      throw unsupported(resource, 'AuthorizationType', 'it is allowed on $connect only');
    }
    const route: Route = {
      id,
      key: given.RouteKey,
      integration,
      authorizer: secured ? authorizer : undefined,
      scopes: given.AuthorizationScopes ?? [],
      selectsResponse: given.RouteResponseSelectionExpression === '$default',
      hasResponse: false,
    };
    this.#routes.set(id, route);
    api.routes.set(route.key, route);
    return { ref: id, attributes: { RouteId: id } };
  }

  #routeResponse(resource: Resource) {
    const given = parseProperties(resource, schema.routeResponse);
    const route = this.#routes.get(given.RouteId);
    if (!route) throw unsupported(resource, 'RouteId', `'${given.RouteId}' is no route of a template`);
    route.hasResponse = true;
    return { ref: idOf(resource, 7) };
  }

  #apiOf(resource: Resource, id: string): Api {
    const api = this.#apis.get(id);
    if (!api) throw unsupported(resource, 'ApiId', `'${id}' is no API of a template`);
    return api;
  }
}

function idOf({ stack, logicalId }: Resource, length: number): string {
  return stableId(`${stack}/${logicalId}`, length);
}

const accountThrottle = { rate: 10_000, burst: 5_000 };

function stageThrottle(rate = accountThrottle.rate, burst = accountThrottle.burst): TokenBucket {
  return new TokenBucket(rate, burst);
}

/** The function of `arn:…:apigateway:…:lambda:path/2015-03-31/functions/<arn>/invocations`, or of a bare ARN. */
function functionArn(resource: Resource, property: string, uri: string | undefined): string {
  const match = /:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/.exec(uri ?? '')?.[1];
  const found = match ?? (/^arn:[^:]*:lambda:/.test(uri ?? '') ? uri : undefined);
  if (!found) throw unsupported(resource, property, `'${uri ?? ''}' is not a Lambda function`);
  return found;
}

const sourceForm = /^(?:route\.request|\$request)\.(header|querystring)\.(.+)$/;
const sourceKind = z.enum(['header', 'querystring']);

function identitySource(resource: Resource, expression: string): IdentitySource {
  const [, from, name] = sourceForm.exec(expression) ?? [];
  if (!from || !name)
    throw unsupported(resource, 'IdentitySource', `the local cloud does not play '${expression}'`);
  return { from: sourceKind.parse(from), name };
}

function plain(resource: Resource, property: string, template: string): void {
  const velocity = velocityIn(template);
  if (velocity)
    throw unsupported(
      resource,
      property,
      `the local cloud plays plain text templates only, without '${velocity}'`,
    );
}
