import { AssetHashType, DockerImage, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  CfnFunction,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { bundle } from './bundle.ts';

export interface ServiceFunctionProps {
  /** The stage's name in the pipeline's words: of the function, its log group and its metrics' `service` dimension. */
  service: string;
  /** The handler's file, such as `services/deliver/handler.ts`. */
  entry?: string;
  environment?: Record<string, string>;
  /** API Gateway waits 29 seconds at most; a handler that needs more than ten is broken. */
  timeout?: Duration;
  memorySize?: number;
}

/** A Lambda function of ours: the one place for runtime, architecture, bundling, logs and what each environment holds. */
export class ServiceFunction extends LambdaFunction {
  /** The stage's name, the `service` dimension of what it measures. */
  readonly service: string;
  readonly logs: LogGroup;
  /** In MB; Lambda charges GB-seconds. */
  readonly memorySize: number;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    // Lambda gives CPU in proportion to memory; below this a cold start takes seconds.
    const { service, entry = `services/${service}/handler.ts`, memorySize = 512 } = props;
    const logs = new LogGroup(scope, `${id}Logs`, {
      logGroupName: `/fanfare/${service}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // AWS's managed policy for functions lets them write to every log group of the account; this role to its own.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logs.grantWrite(role);
    super(scope, id, {
      functionName: `fanfare-${service}`,
      description: `Fanfare: ${service}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: bundledCode(entry),
      timeout: props.timeout ?? Duration.seconds(10),
      memorySize,
      role,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
      logGroup: logs,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: service,
        ...props.environment,
      },
    });
    this.service = service;
    this.logs = logs;
    this.memorySize = memorySize;
    Validations.of(role).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray takes traces, and DynamoDB lists streams, for no resource in particular',
    });
    // Where the code comes from, for tools that work on a synthesized template.
    const { defaultChild } = this.node;
    if (defaultChild instanceof CfnFunction) defaultChild.addMetadata('Entry', entry);
  }
}

/** The CDK's own seam for bundling, with esbuild called in process: a function takes a fraction of a second. */
function bundledCode(entry: string): Code {
  return Code.fromAsset('services', {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-used'),
      // The CDK tells assets of one folder apart by this.
      command: ['esbuild', entry],
      local: {
        tryBundle: (outputDir) => {
          bundle(entry, outputDir);
          return true;
        },
      },
    },
  });
}
