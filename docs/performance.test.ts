import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scaleTables } from '../loadtest/scale/tables.ts';

const page = readFileSync(join(import.meta.dirname, 'performance.md'), 'utf8');

it.each(Object.entries(scaleTables()))(
  'performance.md has the table "%s" as it is computed now',
  (_, table) => {
    expect(page).toContain(table);
  },
);
