import { createHash } from 'node:crypto';

/** The one region and account that the local cloud plays. */
export const region = 'us-east-1';
export const account = '000000000000';

/** `arn:aws:<service>:<region>:<account>:<resource>`; IAM, S3 and CloudFront leave out what theirs leave out. */
export function arn(service: string, resource: string): string {
  if (service === 's3') return `arn:aws:s3:::${resource}`;
  const inRegion = service === 'iam' || service === 'cloudfront' ? '' : region;
  return `arn:aws:${service}:${inRegion}:${account}:${resource}`;
}

/**
 * A name that CloudFormation would make up for an unnamed resource: the same in every run, so that data kept under
 * `.fanfare/` is found again. At most `maxLength` characters, for the services that allow few.
 */
export function physicalName(stack: string, logicalId: string, maxLength = 255): string {
  const readable = `${stack}-${logicalId}`.slice(0, maxLength - 9);
  return `${readable}-${stableId(`${stack}/${logicalId}`, 8)}`;
}

/** Lower-case letters and digits that depend on `seed` alone, for ids such as `a1b2c3d4e5` of an API. */
export function stableId(seed: string, length: number): string {
  const digest = createHash('sha256').update(seed).digest();
  return BigInt(`0x${digest.toString('hex')}`)
    .toString(36)
    .padStart(length, '0')
    .slice(-length);
}
