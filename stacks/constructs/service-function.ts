import { AssetHashType, DockerImage, Duration, RemovalPolicy } from 'aws-cdk-lib';
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
  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    const { service, entry = `services/${service}/handler.ts` } = props;
    super(scope, id, {
      functionName: `fanfare-${service}`,
      description: `Fanfare: ${service}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: bundledCode(entry),
      timeout: props.timeout ?? Duration.seconds(10),
      // Lambda gives CPU in proportion to memory; below this a cold start takes seconds.
      memorySize: props.memorySize ?? 512,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
      logGroup: new LogGroup(scope, `${id}Logs`, {
        logGroupName: `/fanfare/${service}`,
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: service,
        ...props.environment,
      },
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
