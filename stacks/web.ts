import { execFileSync } from 'node:child_process';
import { AssetHashType, CfnOutput, DockerImage, Stack, type StackProps } from 'aws-cdk-lib';
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
      distributionPaths: ['/index.html', '/config.json'],
      logGroup: new LogGroup(this, 'PageLogs', { retention: RetentionDays.ONE_WEEK }),
    });
    new CfnOutput(this, 'Url', { value: edge.origin });
  }
}

const vite = {
  image: DockerImage.fromRegistry('never-used'),
  local: {
    tryBundle: (outputDir: string) => {
      execFileSync('vite', ['build', 'web', '--outDir', outputDir, '--emptyOutDir', '--logLevel', 'warn'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      return true;
    },
  },
};
