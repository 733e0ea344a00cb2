import { App, Validations } from 'aws-cdk-lib';
import { readSettings } from './settings.ts';
import { addStacks } from './stacks.ts';

const app = new App();
addStacks(app);
if (readSettings(app).securityChecks) {
  // Half a second to load, which a run on a laptop need not wait for.
  const { AwsSolutionsChecks } = await import('cdk-nag');
  Validations.of(app).addPlugins(new AwsSolutionsChecks());
}
