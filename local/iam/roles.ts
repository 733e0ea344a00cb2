import { z } from 'zod';
import { account, arn, region } from '#local/aws.ts';
import { operator, type Principal } from '#local/credentials.ts';
import { noEffect } from '#local/template/no-effect.ts';
import { ignored, parseProperties, unsupported } from '#local/template/properties.ts';
import type { Created, Providers, Resource } from '#local/template/provider.ts';
import type { Permission } from './authorize.ts';
import { type Context, UnknownCondition } from './conditions.ts';
import { managedPolicy } from './managed-policies.ts';
import {
  compilePolicy,
  type Decision,
  evaluate,
  type Grant,
  type PolicyDocument,
  policyDocument,
} from './policy.ts';

/** A grant of a template's role, and how many calls it allowed (or denied). */
export interface RoleGrant extends Grant {
  /** The role's name. */
  role: string;
  uses: number;
}

/** A call that was decided on. */
export interface Call extends Permission {
  roleArn: string;
  decision: Decision<RoleGrant>;
}

/** Every role has this many decisions in store at most: a role that reads objects makes one for each key. */
const maxDecisions = 10_000;

/**
 * The IAM roles of the templates: whether a role may do something, decided by its policies as IAM decides; and which of
 * their grants nobody has used.
 */
export class Roles {
  readonly #roles = new Map<string, Role>([[operator.roleArn, operatorRole()]]);
  readonly #managedPolicies = new Map<string, Grant[]>();

  readonly providers: Providers = {
    'AWS::IAM::Role': async (resource) => this.#createRole(resource, await identify(resource)),
    'AWS::IAM::Policy': async (resource) => {
      const properties = parseProperties(resource, policyProperties);
      const grants = compile(resource, properties.PolicyDocument);
      for (const name of properties.Roles) this.#named(name, resource).attach(policyName(resource), grants);
      return identify(resource);
    },
    'AWS::IAM::ManagedPolicy': async (resource) => {
      const properties = parseProperties(resource, managedPolicyProperties);
      const grants = compile(resource, properties.PolicyDocument);
      const created = await identify(resource);
      this.#managedPolicies.set(created.ref, grants);
      for (const name of properties.Roles) this.#named(name, resource).attach(policyName(resource), grants);
      return created;
    },
  };

  /** Undefined where the principal's role may, else the sentence with which AWS denies the call. */
  readonly authorize = (principal: Principal, { action, resource }: Permission): string | undefined => {
    const decision = this.allows(principal.roleArn, action, resource);
    if (decision.allowed) return undefined;
    const role = principal.roleArn.slice(principal.roleArn.lastIndexOf('/') + 1);
    const user = `arn:aws:sts::${account}:assumed-role/${role}/${principal.functionName}`;
    const why =
      decision.grants.length > 0
        ? 'with an explicit deny in an identity-based policy'
        : `because no identity-based policy allows the ${action} action`;
    return `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
  };

  /** Whether the role may. A role that no template has may nothing. The grants that decided are counted as used. */
  allows(roleArn: string, action: string, resource: string): Decision<RoleGrant> {
    return this.#roles.get(roleArn)?.decide(action, resource) ?? nothing;
  }

  /** Every different call that was decided on, of every role. */
  calls(): Call[] {
    return [...this.#roles].flatMap(([roleArn, role]) =>
      [...role.decisions.values()].map((call) => ({ roleArn, ...call })),
    );
  }

  /** The grants that the templates' own policies give; those of AWS's managed policies are not ours to narrow. */
  grants(): RoleGrant[] {
    return [...this.#roles.values()].flatMap(({ grants, managed }) =>
      grants.filter((grant) => !managed.has(grant)),
    );
  }

  /** What was granted and never needed since the start. */
  unusedGrants(): RoleGrant[] {
    return this.grants().filter(({ effect, uses }) => effect === 'Allow' && uses === 0);
  }

  #createRole(resource: Resource, created: Created): Created {
    const properties = parseProperties(resource, roleProperties);
    const role = new Role(created.ref);
    for (const { PolicyName, PolicyDocument } of properties.Policies)
      role.attach(PolicyName, compile(resource, PolicyDocument));
    for (const policyArn of properties.ManagedPolicyArns) {
      const own = this.#managedPolicies.get(policyArn);
      if (own) role.attach(policyArn, own);
      else role.attach(policyArn, compile(resource, awsPolicy(resource, policyArn)), { managed: true });
    }
    this.#roles.set(created.attributes?.Arn ?? created.ref, role);
    return created;
  }

  #named(name: string, resource: Resource): Role {
    const role = [...this.#roles.values()].find((candidate) => candidate.name === name);
    if (role) return role;
    throw unsupported(resource, 'Roles', `no template has the role ${name}`);
  }
}

/** One role: its grants, and what they decided so far, which does not change until a policy does. */
class Role {
  readonly name: string;
  readonly decisions = new Map<string, Permission & { decision: Decision<RoleGrant> }>();
  /** Of those in `grants`, what AWS's own policies give. */
  readonly managed = new Set<RoleGrant>();
  readonly #policies = new Map<string, RoleGrant[]>();

  constructor(name: string) {
    this.name = name;
  }

  get grants(): RoleGrant[] {
    return [...this.#policies.values()].flat();
  }

  attach(policy: string, grants: readonly Grant[], { managed = false } = {}): void {
    const attached = grants.map((grant) => ({ ...grant, role: this.name, uses: 0 }));
    this.#policies.set(policy, attached);
    if (managed) for (const grant of attached) this.managed.add(grant);
    this.decisions.clear();
  }

  decide(action: string, resource: string): Decision<RoleGrant> {
    const key = `${action} ${resource}`;
    const decision = this.decisions.get(key)?.decision ?? this.#evaluate(key, action, resource);
    for (const grant of decision.grants) grant.uses++;
    return decision;
  }

  #evaluate(key: string, action: string, resource: string): Decision<RoleGrant> {
    const decision = evaluate(this.grants, { action, resource, context });
    if (this.decisions.size >= maxDecisions) this.decisions.clear();
    this.decisions.set(key, { action, resource, decision });
    return decision;
  }
}

const nothing: Decision<RoleGrant> = { allowed: false, grants: [] };

/** What is true of every call: on AWS, the SDK speaks TLS. */
const context: Context = {
  'aws:securetransport': 'true',
  'aws:requestedregion': region,
  'aws:principalaccount': account,
  'aws:resourceaccount': account,
};
const contextKeys = new Set(Object.keys(context));

function operatorRole(): Role {
  const everything: PolicyDocument = { Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }] };
  const role = new Role(operator.functionName);
  role.attach('AdministratorAccess', compilePolicy(everything, contextKeys), { managed: true });
  return role;
}

function compile(resource: Resource, document: PolicyDocument): Grant[] {
  try {
    return compilePolicy(document, contextKeys);
  } catch (error) {
    if (error instanceof UnknownCondition) throw unsupported(resource, 'PolicyDocument', error.message);
    throw error;
  }
}

function awsPolicy(resource: Resource, policyArn: string): PolicyDocument {
  const document = managedPolicy(policyArn);
  if (document) return document;
  const why = `what ${policyArn} allows is not known here: add it to local/iam/managed-policies.ts`;
  throw unsupported(resource, 'ManagedPolicyArns', why);
}

/** Names and ARNs are those that they have where policies have no effect. */
async function identify(resource: Resource): Promise<Created> {
  const created = await noEffect[resource.type]?.(resource);
  return created ?? { ref: arn('iam', resource.logicalId) };
}

function policyName({ stack, logicalId }: Resource): string {
  return `${stack}/${logicalId}`;
}

const roleProperties = z.strictObject({
  RoleName: z.string().optional(),
  Path: z.string().optional(),
  Policies: z.array(z.strictObject({ PolicyName: z.string(), PolicyDocument: policyDocument })).default([]),
  ManagedPolicyArns: z.array(z.string()).default([]),
  // Nobody assumes a role here but Lambda for its functions.
  AssumeRolePolicyDocument: ignored,
  MaxSessionDuration: ignored,
  Description: ignored,
  Tags: ignored,
});
const policyProperties = z.strictObject({
  PolicyName: z.string(),
  PolicyDocument: policyDocument,
  Roles: z.array(z.string()).min(1),
});
const managedPolicyProperties = z.strictObject({
  ManagedPolicyName: z.string().optional(),
  Path: z.string().optional(),
  Description: ignored,
  PolicyDocument: policyDocument,
  Roles: z.array(z.string()).default([]),
});
