import type { Assembly } from './assembly.ts';
import { type LinkedResource, LinkedStacks } from './link.ts';
import { inOrder } from './order.ts';
import { type Provider, type Providers, type Resource, UnsupportedError } from './provider.ts';
import type { Rewrites } from './rewrites.ts';
import { isRecord } from './schema.ts';

/** A resource that exists in the local cloud. */
export interface Deployed extends Resource {
  ref: string;
  attributes: Record<string, string>;
}

/** What a template became. */
export interface Deployment {
  /** In the order of their creation. */
  resources: Deployed[];
  /** Every output of every stack, by stack and output name. */
  outputs: Record<string, Record<string, unknown>>;
  find(type: string): Deployed[];
}

/** A resource that its provider failed to make. */
export class DeployError extends Error {
  override readonly name = 'DeployError';
}

/**
 * Creates the resources of every stack, each after those that it refers to, by the provider of its type. Before
 * anything is created, throws one UnsupportedError that names all resources whose type has no provider, or TemplateError
 * or CycleError on a template that CloudFormation would refuse.
 *
 * `rewrites` is applied to every string of properties and outputs; providers may add to it on the way.
 */
export async function deploy(
  assembly: Assembly,
  providers: Providers,
  { rewrites, onResource }: { rewrites: Rewrites; onResource?: (resource: Deployed) => void },
): Promise<Deployment> {
  const created = new Map<string, Deployed>();
  const stacks = new LinkedStacks(assembly, created);
  const providerOf = withProviders(stacks, providers);
  const order = inOrder(stacks.resources.keys(), (key) => stacks.needs(key));
  // Evaluated last, but what is wrong with them is told first.
  for (const output of stacks.outputs.values()) stacks.outputNeeds(output);

  for (const key of order) {
    const linked = stacks.resources.get(key);
    const provider = providerOf.get(key);
    if (!linked || !provider) continue;
    const deployed = await create(linked, provider, rewrites);
    created.set(key, deployed);
    onResource?.(deployed);
  }

  const outputs: Deployment['outputs'] = {};
  for (const output of stacks.outputs.values()) {
    const others = outputs[output.stack.name];
    outputs[output.stack.name] = { ...others, [output.name]: rewrites.apply(stacks.valueOf(output)) };
  }
  const resources = [...created.values()];
  return { resources, outputs, find: (type) => resources.filter((resource) => resource.type === type) };
}

async function create(linked: LinkedResource, provider: Provider, rewrites: Rewrites): Promise<Deployed> {
  const { stack, logicalId, template, evaluator, place } = linked;
  const properties = rewrites.apply(evaluator.evaluate(template.Properties, place));
  const resource: Resource = {
    stack: stack.name,
    logicalId,
    type: template.Type,
    properties: isRecord(properties) ? properties : {},
    metadata: template.Metadata,
  };
  try {
    const { ref, attributes = {} } = await provider(resource);
    return { ...resource, ref, attributes };
  } catch (error) {
    if (error instanceof UnsupportedError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DeployError(`${place.owner} could not be made: ${reason}`, { cause: error });
  }
}

function withProviders(stacks: LinkedStacks, providers: Providers): Map<string, Provider> {
  const found = new Map<string, Provider>();
  const missing: string[] = [];
  for (const [key, { template, place }] of stacks.resources) {
    const provider = Object.hasOwn(providers, template.Type) ? providers[template.Type] : undefined;
    if (provider) found.set(key, provider);
    else missing.push(place.owner);
  }
  if (missing.length === 0) return found;
  throw new UnsupportedError(
    `The local cloud has no part that plays ${missing.join(', ')}: give one a provider for the type, add the type to local/template/no-effect.ts if nothing local depends on it, or take the resource out of the stack.`,
  );
}
