import type { Principal } from '#local/credentials.ts';

/** What a call needs: an action on a resource. */
export interface Permission {
  /** `service:Operation` */
  action: string;
  /** An ARN, or `*` for an action that is not on any resource. */
  resource: string;
}

/** Decides whether a role may: undefined where it may, else AWS's sentence that says it may not. */
export type Authorize = (principal: Principal, permission: Permission) => string | undefined;

/** The first denial of what one call needs; undefined where all of it is allowed. */
export function firstDenial(
  authorize: Authorize,
  principal: Principal,
  permissions: readonly Permission[],
): string | undefined {
  for (const permission of permissions) {
    const denial = authorize(principal, permission);
    if (denial !== undefined) return denial;
  }
  return undefined;
}
