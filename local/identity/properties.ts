import { z } from 'zod';
import { ignored } from '../template/properties.ts';

const lambdaConfig = z.strictObject({
  PreSignUp: z.string().optional(),
  PostConfirmation: z.string().optional(),
  PreAuthentication: z.string().optional(),
  PostAuthentication: z.string().optional(),
  PreTokenGeneration: z.string().optional(),
  PreTokenGenerationConfig: z
    .strictObject({ LambdaArn: z.string(), LambdaVersion: z.enum(['V1_0', 'V2_0']) })
    .optional(),
});

export const userPoolProperties = z.strictObject({
  LambdaConfig: lambdaConfig.optional(),
  UsernameConfiguration: z.strictObject({ CaseSensitive: z.boolean() }).optional(),
  AdminCreateUserConfig: z
    .strictObject({
      AllowAdminCreateUserOnly: z.boolean().optional(),
      InviteMessageTemplate: ignored,
      UnusedAccountValidityDays: ignored,
    })
    .optional(),
  // Nothing is mailed, texted, remembered of devices, or asked for but a name.
  AccountRecoverySetting: ignored,
  AliasAttributes: ignored,
  AutoVerifiedAttributes: ignored,
  DeletionProtection: ignored,
  DeviceConfiguration: ignored,
  EmailAuthenticationMessage: ignored,
  EmailAuthenticationSubject: ignored,
  EmailConfiguration: ignored,
  EmailVerificationMessage: ignored,
  EmailVerificationSubject: ignored,
  EnabledMfas: ignored,
  MfaConfiguration: ignored,
  Policies: ignored,
  Schema: ignored,
  SmsAuthenticationMessage: ignored,
  SmsConfiguration: ignored,
  SmsVerificationMessage: ignored,
  UserAttributeUpdateSettings: ignored,
  // With e-mail addresses as usernames Cognito makes the username up; here it stays the typed name.
  UsernameAttributes: ignored,
  UserPoolAddOns: ignored,
  UserPoolName: ignored,
  UserPoolTags: ignored,
  UserPoolTier: ignored,
  VerificationMessageTemplate: ignored,
  WebAuthnRelyingPartyID: ignored,
  WebAuthnUserVerification: ignored,
});

const unit = z.enum(['seconds', 'minutes', 'hours', 'days']).optional();
const webUrl = z.url({ protocol: /^https?$/ });

export const clientProperties = z.strictObject({
  UserPoolId: z.string(),
  ClientName: z.string().optional(),
  GenerateSecret: z.boolean().optional(),
  AllowedOAuthFlows: z.array(z.literal('code')).optional(),
  AllowedOAuthFlowsUserPoolClient: z.boolean().optional(),
  AllowedOAuthScopes: z.array(z.string()).optional(),
  CallbackURLs: z.array(webUrl).optional(),
  LogoutURLs: z.array(webUrl).optional(),
  AccessTokenValidity: z.number().int().positive().optional(),
  IdTokenValidity: z.number().int().positive().optional(),
  RefreshTokenValidity: z.number().int().min(0).optional(),
  TokenValidityUnits: z.strictObject({ AccessToken: unit, IdToken: unit, RefreshToken: unit }).optional(),
  RefreshTokenRotation: z
    .strictObject({ Feature: z.literal('DISABLED'), RetryGracePeriodSeconds: ignored })
    .optional(),
  SupportedIdentityProviders: z.array(z.literal('COGNITO')).optional(),
  AnalyticsConfiguration: ignored,
  AuthSessionValidity: ignored,
  DefaultRedirectURI: ignored,
  EnablePropagateAdditionalUserContextData: ignored,
  EnableTokenRevocation: ignored,
  // Of these, only ALLOW_ADMIN_USER_PASSWORD_AUTH is played here.
  ExplicitAuthFlows: z.array(z.string()).optional(),
  PreventUserExistenceErrors: ignored,
  ReadAttributes: ignored,
  WriteAttributes: ignored,
});

export const domainProperties = z.strictObject({
  UserPoolId: z.string(),
  Domain: z.string(),
  ManagedLoginVersion: ignored,
});

export const brandingProperties = z.strictObject({
  UserPoolId: z.string(),
  ClientId: ignored,
  Assets: ignored,
  ReturnMergedResources: ignored,
  Settings: ignored,
  UseCognitoProvidedValues: ignored,
});

export const resourceServerProperties = z.strictObject({
  UserPoolId: z.string(),
  Identifier: z.string(),
  Name: z.string(),
  Scopes: z.array(z.strictObject({ ScopeName: z.string(), ScopeDescription: ignored })).optional(),
});

export type LambdaConfig = z.infer<typeof lambdaConfig>;
export type UserPoolProperties = z.infer<typeof userPoolProperties>;
export type ClientProperties = z.infer<typeof clientProperties>;
