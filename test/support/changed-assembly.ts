import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { z } from 'zod';

const template = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()) }),
  ),
});

type Resources = z.infer<typeof template>['Resources'];

/** The app as it would be synthesized after a change of one stack. Returns its folder, which the caller removes. */
export function changedAssembly(stack: string, change: (resources: Resources) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-changed-'));
  cpSync(inject('assembly'), folder, { recursive: true });
  const path = join(folder, `${stack}.template.json`);
  const changed = template.parse(JSON.parse(readFileSync(path, 'utf8')));
  change(changed.Resources);
  writeFileSync(path, JSON.stringify(changed));
  return folder;
}

/** The properties of the one resource of this type whose logical id contains `id`. */
export function propertiesOf(resources: Resources, type: string, id = ''): Record<string, unknown> {
  const found = Object.entries(resources).filter(([name, { Type }]) => Type === type && name.includes(id));
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources ${type} ${id}, not one`);
  return found[0][1].Properties;
}
