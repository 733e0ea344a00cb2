import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnManagedLoginBranding,
  FeaturePlan,
  ManagedLoginVersion,
  Mfa,
  OAuthScope,
  UserPool,
  type UserPoolClient,
  UserPoolClientIdentityProvider,
  type UserPoolDomain,
} from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { grantTable } from './constructs/grant-table.ts';
import { ServiceFunction } from './constructs/service-function.ts';
import type { DataStack } from './data.ts';
import type { EdgeStack } from './edge.ts';
import type { Settings } from './settings.ts';

interface IdentityProps extends StackProps {
  settings: Settings;
  data: DataStack;
  edge: EdgeStack;
}

/** Who people are: the user pool, its managed login, the page's client, and what happens at sign-up and sign-in. */
export class IdentityStack extends Stack {
  readonly pool: UserPool;
  readonly client: UserPoolClient;
  readonly domain: UserPoolDomain;

  constructor(scope: Construct, id: string, { settings, data, edge, ...props }: IdentityProps) {
    super(scope, id, props);
    const postAuthentication = new ServiceFunction(this, 'PostAuthentication', {
      service: 'post-authentication',
      entry: 'services/identity/post-authentication.ts',
      // Cognito waits five seconds for a trigger.
      timeout: Duration.seconds(5),
      environment: { PEOPLE_TABLE: data.people.tableName, ROOMS_TABLE: data.rooms.tableName },
    });
    grantTable(data.people, postAuthentication, 'dynamodb:UpdateItem');
    grantTable(
      data.rooms,
      postAuthentication,
      'dynamodb:BatchGetItem',
      'dynamodb:PutItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:UpdateItem',
    );

    this.pool = new UserPool(this, 'Pool', {
      selfSignUpEnabled: true,
      signInAliases: { email: true },
      autoVerify: { email: true },
      standardAttributes: {
        email: { required: true, mutable: true },
        fullname: { required: false, mutable: true },
      },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      // The newer managed login pages need at least this plan.
      featurePlan: FeaturePlan.ESSENTIALS,
      lambdaTriggers: {
        postAuthentication,
        ...(settings.autoConfirmUsers && { preSignUp: this.#preSignUp() }),
      },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this.pool).acknowledge(
      {
        id: 'AwsSolutions::AwsSolutions-COG2',
        reason: 'A second factor is offered; a chat that demands one of everybody loses them at the door',
      },
      {
        id: 'AwsSolutions::AwsSolutions-COG8',
        reason: "Threat protection's Plus plan charges for each active user: the deployer decides",
      },
    );
    this.client = this.pool.addClient('Page', {
      generateSecret: false,
      // What Cognito allows where nothing is said, and administrators' sign-in, which takes IAM permissions on the pool:
      // a load test's people sign in by it.
      authFlows: { userSrp: true, custom: true, adminUserPassword: true },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL, OAuthScope.PROFILE],
        callbackUrls: [`${edge.origin}/`],
        logoutUrls: [`${edge.origin}/`],
      },
      supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
      accessTokenValidity: Duration.hours(1),
      idTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.days(30),
      preventUserExistenceErrors: true,
    });
    this.domain = this.pool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: `fanfare-${this.account}` },
      managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
    });
    new CfnManagedLoginBranding(this, 'Branding', {
      userPoolId: this.pool.userPoolId,
      clientId: this.client.userPoolClientId,
      useCognitoProvidedValues: true,
    });
    new CfnOutput(this, 'UserPoolId', { value: this.pool.userPoolId });
    new CfnOutput(this, 'ClientId', { value: this.client.userPoolClientId });
  }

  /** The `iss` of the pool's tokens. */
  get issuer(): string {
    return `https://cognito-idp.${this.region}.amazonaws.com/${this.pool.userPoolId}`;
  }

  #preSignUp(): ServiceFunction {
    return new ServiceFunction(this, 'PreSignUp', {
      service: 'pre-sign-up',
      entry: 'services/identity/pre-sign-up.ts',
      timeout: Duration.seconds(5),
    });
  }
}
