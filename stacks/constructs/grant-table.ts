import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';

/** Allows actions on a table's own rows: the CDK's `grant` would allow them on its indexes too, by a wildcard. */
export function grantTable(
  { tableArn }: ITable,
  grantee: IGrantable,
  ...actions: `dynamodb:${string}`[]
): void {
  Grant.addToPrincipal({ grantee, actions, resourceArns: [tableArn] }).assertSuccess();
}

/** Allows queries of one index. */
export function grantIndex({ tableArn }: ITable, index: string, grantee: IGrantable): void {
  Grant.addToPrincipal({
    grantee,
    actions: ['dynamodb:Query'],
    resourceArns: [`${tableArn}/index/${index}`],
  }).assertSuccess();
}
