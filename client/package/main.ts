import { buildPackage } from './build.ts';

const folder = 'dist/client';
await buildPackage(folder);
console.log(`The client is in ${folder}, as a package: npm pack ./${folder}`);
