import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', 'cdk.out/**', '.fanfare/**', 'loadtest/node_modules/**'],
    // The CDK app is synthesized once; every test that starts a cloud runs that assembly.
    globalSetup: 'test/support/synthesize.ts',
    // A cold start on a busy two-core machine takes seconds, and waiting costs nothing where nothing is wrong.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    // Most tests wait for others more than they compute: by default, two cores would run one file after the other.
    maxWorkers: 2,
    // Handlers that tests import would fill the report with their log lines and metrics.
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' },
  },
});
