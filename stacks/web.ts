import { execFileSync } from 'node:child_process';
import {
  AssetHashType,
  CfnOutput,
  DockerImage,
  RemovalPolicy,
  Stack,
  type StackProps,
  Validations,
} from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import type { Construct } from 'constructs';
import { type EdgeStack, webSocketStageName } from './edge.ts';
import type { IdentityStack } from './identity.ts';

interface WebProps extends StackProps {
  edge: EdgeStack;
  identity: IdentityStack;
}

/** The page, and what it must know of this deployment (`/config.json`). */
export class WebStack extends Stack {
  constructor(scope: Construct, id: string, { edge, identity, ...props }: WebProps) {
    super(scope, id, props);
    new BucketDeployment(this, 'Page', {
      sources: [
        Source.asset('web', { assetHashType: AssetHashType.OUTPUT, bundling: vite }),
        Source.jsonData('config.json', {
          issuer: identity.issuer,
          clientId: identity.client.userPoolClientId,
          webSocketUrl: `wss://${edge.distribution.domainName}/${webSocketStageName}`,
          signOutUrl: `${identity.domain.baseUrl()}/logout`,
        }),
      ],
      destinationBucket: edge.site,
      distribution: edge.distribution,
      // The other files have their content's hash in their names.
      distributionPaths: ['/index.html', '/config.json', '/sw.js', '/theme.js'],
      // A bucket that holds something cannot be deleted, and `cdk destroy` would stop there.
      retainOnDelete: false,
      logGroup: new LogGroup(this, 'PageLogs', {
        retention: RetentionDays.ONE_WEEK,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    });
    acknowledgeBucketDeployment(this);
    new CfnOutput(this, 'Url', { value: edge.origin });
  }
}

/** The CDK's own function copies the files, with its own role and runtime; it runs only while `cdk deploy` does. */
function acknowledgeBucketDeployment(stack: WebStack): void {
  const ids = [
    'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
    'IAM5[Action::s3:Abort*]',
    'IAM5[Action::s3:DeleteObject*]',
    'IAM5[Action::s3:GetBucket*]',
    'IAM5[Action::s3:GetObject*]',
    'IAM5[Action::s3:List*]',
    'IAM5[Resource::*]',
    'IAM5[Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*]',
    'IAM5[Resource::{"Fn::GetStackOutput":{"StackName":"FanfareEdge","Region":{"Ref":"AWS::Region"},"OutputName":"PublishOutputFnGetAttSiteE53D7754ArnA6C22265"}}/*]',
    'L1',
  ];
  const reason = "The CDK's BucketDeployment brings this function, its role and its runtime";
  Validations.of(stack).acknowledge(...ids.map((id) => ({ id: `AwsSolutions::AwsSolutions-${id}`, reason })));
}

const vite = {
  image: DockerImage.fromRegistry('never-used'),
  local: {
    tryBundle: (outputDir: string) => {
      execFileSync('vite', ['build', 'web', '--outDir', outputDir, '--emptyOutDir', '--logLevel', 'warn'], {
        stdio: ['ignore', 'ignore', 'inherit'],
        // Whatever runs the synthesis: with another value, as test runners set it, React's development build is bundled.
        env: { ...process.env, NODE_ENV: 'production' },
      });
      return true;
    },
  },
};
