import { scaleTables } from './scale/tables.ts';

/** Prints what docs/performance.md computes: `node loadtest/scale.ts`. */
for (const [name, table] of Object.entries(scaleTables())) console.log(`${name}\n\n${table}\n`);
