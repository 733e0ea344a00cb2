import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { SynthError, synth } from './synth.ts';
import { readAssembly } from './template/assembly.ts';
import { cdkProject } from './template/cdk-project.ts';

const projects: ReturnType<typeof cdkProject>[] = [];

afterEach(() => {
  vi.unstubAllEnvs();
  for (const project of projects.splice(0)) project.remove();
});

function project(source: string, context?: Record<string, unknown>) {
  const made = cdkProject(source, context);
  projects.push(made);
  return made;
}

/** A killed process without a parent stays a zombie (Z) where the container's first process reaps none. */
function runs(pid: string): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' });
  return !/^\s*(Z|$)/.test(stdout);
}

it("writes the app's assembly with the context of cdk.json, of the CLI and of the caller", async () => {
  vi.stubEnv('CDK_DEFAULT_ACCOUNT', '123456789012');
  vi.stubEnv('CDK_DEFAULT_REGION', 'eu-west-1');
  const { root, outdir } = project(
    `
    import { App, CfnOutput, CfnResource, Stack } from 'aws-cdk-lib';
    const app = new App();
    const stack = new Stack(app, app.node.getContext('name'));
    new CfnResource(stack, 'Thing', { type: 'Test::Thing' });
    new CfnOutput(stack, 'Size', { value: app.node.getContext('size') });
    new CfnOutput(stack, 'Account', { value: String(process.env.CDK_DEFAULT_ACCOUNT ?? process.env.CDK_DEFAULT_REGION) });
    new CfnOutput(stack, 'Node', { value: process.version });
    `,
    { name: 'chat', size: 'small' },
  );
  mkdirSync(join(outdir, 'bundling-temp-1'), { recursive: true });

  const { seconds } = await synth(outdir, { root, context: { size: 'big' } });

  expect(seconds).toBeGreaterThan(0);
  const [stack] = readAssembly(outdir).stacks;
  expect(stack?.name).toBe('chat');
  expect(stack?.template.Resources.Thing?.Metadata).toEqual({ 'aws:cdk:path': 'chat/Thing' });
  expect(stack?.template.Outputs).toMatchObject({
    Size: { Value: 'big' },
    Account: { Value: 'undefined' },
    Node: { Value: process.version },
  });
  expect(existsSync(join(outdir, 'bundling-temp-1'))).toBe(false);
}, 60_000);

it('fails with what the app printed, without the frames of Node and of packages', async () => {
  const { root, outdir } = project(
    "import { App, Stack } from 'aws-cdk-lib';\nnew Stack(new App(), 'not a name');",
  );
  const failed = synth(outdir, { root });
  await expect(failed).rejects.toThrow(SynthError);
  await expect(failed).rejects.toThrow(
    /The CDK app \(node app\.ts\) failed with exit code 1\.[\s\S]*'not a name'[\s\S]*app\.ts:2/,
  );
  await expect(failed).rejects.not.toThrow(/node:internal|Node\.js v/);
}, 60_000);

it('says where it misses a cdk.json', async () => {
  const { root, outdir } = project('');
  rmSync(join(root, 'cdk.json'));
  await expect(synth(outdir, { root })).rejects.toThrow(/cdk\.json cannot be read: .*ENOENT/);
  writeFileSync(join(root, 'cdk.json'), '{}');
  await expect(synth(outdir, { root })).rejects.toThrow(/cdk\.json cannot be read: [\s\S]*app/);
});

it('leaves no process behind when it is aborted', async () => {
  const { root, outdir } = project(`
    import { spawnSync } from 'node:child_process';
    import { writeFileSync } from 'node:fs';
    const wait = 'require("fs").writeFileSync("pids", process.ppid + " " + process.pid); setInterval(() => {}, 1000)';
    spawnSync(process.execPath, ['-e', wait]);
    writeFileSync('survived', '');
  `);
  const abort = new AbortController();
  const aborted = synth(outdir, { root, signal: abort.signal });
  const pids = join(root, 'pids');
  await vi.waitFor(() => expect(existsSync(pids) && readFileSync(pids, 'utf8')).toMatch(/^\d+ \d+$/), 20_000);

  abort.abort(new Error('stopped'));

  await expect(aborted).rejects.toThrow('stopped');
  for (const pid of readFileSync(pids, 'utf8').split(' ')) {
    await vi.waitFor(() => expect(runs(pid)).toBe(false), 10_000);
  }
  expect(existsSync(join(root, 'survived'))).toBe(false);
}, 60_000);

it('does not start what is aborted already', async () => {
  const { root, outdir } = project('');
  await expect(synth(outdir, { root, signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow(
    'stopped',
  );
  expect(existsSync(outdir)).toBe(false);
});
