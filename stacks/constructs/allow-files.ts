import { Validations } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { DataStack } from '../data.ts';
import type { ServiceFunction } from './service-function.ts';

/** Allows actions on each file of the bucket, and none on the bucket itself. */
export function allowFiles(
  { attachments }: DataStack,
  grantee: ServiceFunction,
  ...actions: `s3:${string}`[]
): void {
  const resourceArns = [attachments.arnForObjects('*')];
  Grant.addToPrincipal({ grantee, actions, resourceArns }).assertSuccess();
  if (!grantee.role) return;
  Validations.of(grantee.role).acknowledge({
    id: 'AwsSolutions::AwsSolutions-IAM5[Resource::{"Fn::GetStackOutput":{"StackName":"FanfareData","Region":{"Ref":"AWS::Region"},"OutputName":"PublishOutputFnGetAttAttachments87B238D3Arn816FB69F"}}/*]',
    reason: 'Files are as many as people upload, of this one bucket',
  });
}
