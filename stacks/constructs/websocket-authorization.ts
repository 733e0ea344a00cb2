import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Says of a WebSocket route why it has no authorizer: API Gateway allows one on `$connect` alone. */
export function authorizedAtConnect(route: IConstruct): void {
  Validations.of(route).acknowledge({
    id: 'AwsSolutions::AwsSolutions-APIG4',
    reason: '$connect has the authorizer: a socket that was not authorized is not open, and sends nothing',
  });
}
