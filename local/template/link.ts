import type { Assembly, Stack } from './assembly.ts';
import { Evaluator } from './evaluate.ts';
import { inOrder } from './order.ts';
import { notPlayed, type Place, resourcePlace, TemplateError } from './place.ts';
import type { Created } from './provider.ts';
import { type Reference, references } from './references.ts';
import type { TemplateOutput, TemplateResource } from './schema.ts';

/** A resource whose condition holds. */
export interface LinkedResource {
  stack: Stack;
  logicalId: string;
  template: TemplateResource;
  evaluator: Evaluator;
  place: Place;
}

/** An output whose condition holds. */
export interface LinkedOutput {
  stack: Stack;
  name: string;
  template: TemplateOutput;
  evaluator: Evaluator;
  place: Place;
}

/** The stacks of an assembly with their references to each other resolved. */
export class LinkedStacks {
  /** By `<stack>/<logicalId>`, those of a stack behind those of the stacks that it depends on. */
  readonly resources = new Map<string, LinkedResource>();
  /** By `<stack>/<name>`. */
  readonly outputs = new Map<string, LinkedOutput>();
  readonly #exports = new Map<string, LinkedOutput>();
  readonly #created: ReadonlyMap<string, Created>;

  /** `created` is asked, by `<stack>/<logicalId>`, whenever a value refers to a resource. */
  constructor(assembly: Assembly, created: ReadonlyMap<string, Created>) {
    this.#created = created;
    const stacks = new Map(assembly.stacks.map((stack) => [stack.name, stack]));
    for (const name of inOrder(stacks.keys(), (stack) => stacks.get(stack)?.dependencies ?? [])) {
      const stack = stacks.get(name);
      if (stack) this.#add(stack);
    }
  }

  /** The resources, as keys of `resources`, that must exist before the one of `key` can be evaluated. */
  needs(key: string): string[] {
    const resource = this.resources.get(key);
    if (!resource) return [];
    const { stack, template, evaluator, place } = resource;
    // CloudFormation ignores a DependsOn whose resource is left out by its condition.
    const explicit = template.DependsOn.map((logicalId) => keyOf(stack, logicalId)).filter((needed) =>
      this.resources.has(needed),
    );
    const implicit = references(template.Properties, evaluator, place).flatMap((reference) =>
      this.#resolve(stack, reference),
    );
    return [...new Set([...explicit, ...implicit])];
  }

  /** The same for an output. */
  outputNeeds({ stack, template, evaluator, place }: LinkedOutput): string[] {
    return references(template.Value, evaluator, place).flatMap((reference) =>
      this.#resolve(stack, reference),
    );
  }

  /** An output's value as AWS would show it, before any rewriting. */
  valueOf({ template, evaluator, place }: LinkedOutput): unknown {
    return evaluator.evaluate(template.Value, place);
  }

  #add(stack: Stack): void {
    const evaluator = new Evaluator(stack, {
      ref: (logicalId, at) => this.#existing(stack, logicalId, at).ref,
      attribute: (logicalId, name, at) => this.#attribute(stack, logicalId, name, at),
      exported: (name, at) => this.valueOf(this.#exported(name, at)),
      output: (of, name, at) => this.valueOf(this.#output(of, name, at)),
    });
    for (const [logicalId, template] of Object.entries(stack.template.Resources)) {
      const place = resourcePlace(stack.name, logicalId, template.Type);
      if (!evaluator.condition(template.Condition, place)) continue;
      this.resources.set(keyOf(stack, logicalId), { stack, logicalId, template, evaluator, place });
    }
    for (const [name, template] of Object.entries(stack.template.Outputs)) {
      const place = { owner: `Output ${name} of stack ${stack.name}`, path: '' };
      if (!evaluator.condition(template.Condition, place)) continue;
      const output = { stack, name, template, evaluator, place };
      this.outputs.set(keyOf(stack, name), output);
      if (!template.Export) continue;
      const exportName = String(evaluator.evaluate(template.Export.Name, place));
      if (this.#exports.has(exportName)) throw new TemplateError(place, `"${exportName}" is exported twice`);
      this.#exports.set(exportName, output);
    }
  }

  #resolve(stack: Stack, reference: Reference): string[] {
    const { at } = reference;
    if (reference.kind === 'name') return this.#resourceNamed(stack, reference.name, at);
    const output =
      reference.kind === 'export'
        ? this.#exported(reference.name, at)
        : this.#output(reference.stack, reference.name, at);
    return this.outputNeeds(output);
  }

  #resourceNamed(stack: Stack, name: string, at: Place): string[] {
    if (name.startsWith('AWS::') || Object.hasOwn(stack.template.Parameters, name)) return [];
    const key = keyOf(stack, name);
    if (this.resources.has(key)) return [key];
    const leftOut = stack.template.Resources[name]?.Condition;
    throw new TemplateError(
      at,
      leftOut
        ? `refers to ${name}, which its condition ${leftOut} leaves out`
        : `refers to ${name}, which stack ${stack.name} has neither as a parameter nor as a resource`,
    );
  }

  #existing(stack: Stack, logicalId: string, at: Place): Created {
    const created = this.#created.get(keyOf(stack, logicalId));
    if (!created) throw new TemplateError(at, `refers to ${logicalId}, which does not exist`);
    return created;
  }

  #attribute(stack: Stack, logicalId: string, name: string, at: Place): unknown {
    const { attributes = {} } = this.#existing(stack, logicalId, at);
    const value = attributes[name];
    if (value !== undefined) return value;
    throw notPlayed(
      at,
      `the attribute ${name} of ${stack.template.Resources[logicalId]?.Type} (${logicalId})`,
    );
  }

  #exported(name: string, at: Place): LinkedOutput {
    const output = this.#exports.get(name);
    if (!output) throw new TemplateError(at, `no stack exports "${name}"`);
    return output;
  }

  #output(stack: string, name: string, at: Place): LinkedOutput {
    const output = this.outputs.get(`${stack}/${name}`);
    if (!output) throw new TemplateError(at, `there is no output ${name} of a stack ${stack}`);
    return output;
  }
}

function keyOf(stack: Stack, name: string): string {
  return `${stack.name}/${name}`;
}
