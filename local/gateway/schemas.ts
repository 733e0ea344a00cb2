/**
 * The properties of `AWS::ApiGatewayV2::*` that are played, and those without a local effect (`ignored`). Any other
 * property is an UnsupportedError.
 */
import { z } from 'zod';
import { ignored } from '#local/template/properties.ts';

const strings = z.array(z.string());
const texts = z.record(z.string(), z.string());

export const api = z.strictObject({
  Name: z.string(),
  ProtocolType: z.enum(['WEBSOCKET', 'HTTP']),
  RouteSelectionExpression: z.string().optional(),
  CorsConfiguration: z
    .strictObject({
      AllowOrigins: strings.optional(),
      AllowMethods: strings.optional(),
      AllowHeaders: strings.optional(),
      ExposeHeaders: strings.optional(),
      AllowCredentials: z.boolean().optional(),
      MaxAge: z.number().optional(),
    })
    .optional(),
  Description: ignored,
  // The custom domain or CDN before it is what clients use; locally there is no other way in.
  DisableExecuteApiEndpoint: ignored,
  IpAddressType: ignored,
  Tags: ignored,
  Version: ignored,
});

export const stage = z.strictObject({
  ApiId: z.string(),
  StageName: z.string(),
  StageVariables: texts.optional(),
  AccessLogSettings: z
    .strictObject({ DestinationArn: z.string().optional(), Format: z.string().optional() })
    .optional(),
  DefaultRouteSettings: z
    .strictObject({
      ThrottlingRateLimit: z.number().optional(),
      ThrottlingBurstLimit: z.number().optional(),
      DetailedMetricsEnabled: ignored,
      DataTraceEnabled: ignored,
      LoggingLevel: ignored,
    })
    .optional(),
  AutoDeploy: ignored,
  DeploymentId: ignored,
  Description: ignored,
  Tags: ignored,
});

export const deployment = z.strictObject({ ApiId: z.string(), StageName: ignored, Description: ignored });

export const integration = z.strictObject({
  ApiId: z.string(),
  IntegrationType: z.enum(['AWS_PROXY', 'MOCK']),
  IntegrationUri: z.string().optional(),
  PayloadFormatVersion: z.string().optional(),
  TimeoutInMillis: z.number().int().min(50).max(30_000).optional(),
  RequestTemplates: texts.optional(),
  TemplateSelectionExpression: z.string().optional(),
  ConnectionType: z.literal('INTERNET').optional(),
  // A Lambda proxy is always called by POST and gets the message as it came.
  IntegrationMethod: ignored,
  ContentHandlingStrategy: z.literal('CONVERT_TO_TEXT').optional(),
  CredentialsArn: ignored,
  PassthroughBehavior: ignored,
  Description: ignored,
});

export const integrationResponse = z.strictObject({
  ApiId: z.string(),
  IntegrationId: z.string(),
  IntegrationResponseKey: z.string(),
  ResponseTemplates: texts.optional(),
  TemplateSelectionExpression: z.string().optional(),
});

export const authorizer = z.strictObject({
  ApiId: z.string(),
  AuthorizerType: z.enum(['REQUEST', 'JWT']),
  AuthorizerUri: z.string().optional(),
  IdentitySource: strings.optional(),
  JwtConfiguration: z.strictObject({ Issuer: z.string(), Audience: strings }).optional(),
  Name: ignored,
  AuthorizerCredentialsArn: ignored,
});

export const route = z.strictObject({
  ApiId: z.string(),
  RouteKey: z.string(),
  Target: z.string().optional(),
  AuthorizationType: z.enum(['NONE', 'CUSTOM', 'JWT']).optional(),
  AuthorizerId: z.string().optional(),
  AuthorizationScopes: strings.optional(),
  RouteResponseSelectionExpression: z.literal('$default').optional(),
  ApiKeyRequired: z.literal(false).optional(),
  OperationName: ignored,
});

export const routeResponse = z.strictObject({
  ApiId: z.string(),
  RouteId: z.string(),
  RouteResponseKey: z.literal('$default'),
});
