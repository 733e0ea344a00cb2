import { join } from 'node:path';
import { stringify } from 'yaml';
import { asyncapi } from './asyncapi.ts';
import { openapi } from './openapi.ts';

/** The generated documents: where each belongs, and its text. */
export function documents() {
  return [
    { path: join(import.meta.dirname, '../asyncapi.yaml'), text: write(asyncapi()) },
    { path: join(import.meta.dirname, '../openapi.yaml'), text: write(openapi()) },
  ];
}

function write(document: unknown): string {
  const head = '# Made of shared/contract by `npm run docs:contract`: change it there.\n';
  return head + stringify(document, { lineWidth: 110, aliasDuplicateObjects: false });
}
