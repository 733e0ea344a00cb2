import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For tests: a CDK project in a temporary folder, whose app is `source`. `remove` deletes the folder. */
export function cdkProject(source: string, context: Record<string, unknown> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'fanfare-cdk-'));
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(root, 'cdk.json'), JSON.stringify({ app: 'node app.ts', context }));
  writeFileSync(join(root, 'app.ts'), source);
  mkdirSync(join(root, 'bundle'));
  writeFileSync(join(root, 'bundle/index.mjs'), 'export const handler = async () => "hello";\n');
  return {
    root,
    outdir: join(root, 'cdk.out'),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
