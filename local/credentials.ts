import { randomBytes } from 'node:crypto';
import { arn } from './aws.ts';

/** Whose calls a pair of keys signs. */
export interface Principal {
  functionName: string;
  roleArn: string;
}

/** Who runs the local cloud: a role of no template that may do everything, for keys of tools and tests. */
export const operator: Principal = { functionName: 'operator', roleArn: arn('iam', 'role/operator') };

export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
}

interface Signer extends Principal {
  secretAccessKey: string;
}

/**
 * The access keys that the local cloud has given out: one pair an execution environment, so that each call at the
 * wire is known to come from that function's role.
 */
export class Credentials {
  readonly #principals = new Map<string, Principal>();
  /** All that were ever issued: what they signed holds for as long as it says, also when their environment is gone. */
  readonly #signers = new Map<string, Signer>();

  issue(principal: Principal): AccessKey {
    const accessKeyId = `ASIA${randomBytes(10).toString('hex').toUpperCase().slice(0, 16)}`;
    const secretAccessKey = randomBytes(30).toString('base64');
    this.#principals.set(accessKeyId, principal);
    this.#signers.set(accessKeyId, { ...principal, secretAccessKey });
    return { accessKeyId, secretAccessKey };
  }

  /** Whose key signed a URL or a form, and with which secret. */
  signer(accessKeyId: string): Signer | undefined {
    return this.#signers.get(accessKeyId);
  }

  /** The principal of a SigV4 `Authorization` header, or undefined where it names no key of ours. */
  principal(authorization: string | undefined): Principal | undefined {
    const key = authorization && /Credential=([^/]+)\//.exec(authorization)?.[1];
    return key ? this.#principals.get(key) : undefined;
  }

  revoke(accessKeyId: string): void {
    this.#principals.delete(accessKeyId);
  }
}
