import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CLI_PATH, isolatedEnv, PROJECT_ROOT, temporaryDirectory } from '../support/run-cli.ts';

interface WorkflowStep {
  name?: string;
  uses?: string;
  run?: string;
}

const DIRECTORY = join(PROJECT_ROOT, 'docs/ci');
const workflow = parse(readFileSync(join(DIRECTORY, 'github-actions.yml'), 'utf8'), { strict: true, uniqueKeys: true });
const steps: WorkflowStep[] = workflow.jobs.federation.steps;

const mayUse443 = await new Promise<boolean>((resolve) => {
  const server = createServer().once('error', () => resolve(false));
  server.listen(443, '127.0.7.250', () => server.close(() => resolve(true)));
});

/** A runner: this program in the PATH, and an npm that only notes what it was asked for. */
function runner() {
  const root = temporaryDirectory('ci-');
  const [work, bin] = [join(root, 'work'), join(root, 'bin')];
  for (const each of [work, bin]) mkdirSync(each);
  const shim = (name: string, line: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  shim('cloudillo', `exec "${process.execPath}" "${CLI_PATH}" "$@"`);
  shim('npm', `echo "$@" >> "${join(root, 'npm.log')}"`);
  const summary = join(root, 'summary.md');
  const env = isolatedEnv({
    PATH: `${bin}${delimiter}${process.env['PATH']}`,
    TMPDIR: join(root, 'tmp'),
    GITHUB_ACTIONS: 'true',
    GITHUB_STEP_SUMMARY: summary,
  });
  mkdirSync(join(root, 'tmp'));
  const run = (command: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: work, env, encoding: 'utf8', timeout: 120_000 });
    return { status, told: status === 0 ? '' : `${stdout}\n${stderr}`, stdout };
  };
  return { root, work, summary, run };
}

describe('the CI example', { timeout: 300_000 }, () => {
  it('is a workflow whose steps do their work and leave nothing behind', () => {
    expect(workflow).toMatchObject({ name: 'federation', jobs: { federation: { 'runs-on': expect.any(String) } } });
    for (const { uses, run } of steps) expect([uses, run].filter(Boolean)).toHaveLength(1);
    const { root, work, summary, run } = runner();
    const lines = steps.flatMap((step) => step.run ?? []);
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      const script = join(root, 'step.sh');
      writeFileSync(script, line);
      // As GitHub runs a step without a shell of its own.
      expect(run('bash', '-e', script)).toMatchObject({ status: 0, told: '' });
    }
    expect(readFileSync(join(root, 'npm.log'), 'utf8')).toBe('install --global cloudillo\n');
    expect(readdirSync(work).sort()).toEqual(['follow.xml', 'smoke-test.xml']);
    expect(readFileSync(summary, 'utf8')).toMatch(/### ✓ expect[\s\S]*### ✓ ci\.test/);
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  });

  it('is a shell script for any other CI', () => {
    const { root, work, run } = runner();
    expect(run(join(DIRECTORY, 'federation.sh'))).toMatchObject({ status: 0, told: '' });
    expect(readFileSync(join(work, 'post.xml'), 'utf8')).toContain('failures="0"');
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  });

  it.skipIf(!mayUse443)('has a foreign server (needs port 443)', () => {
    const { root, run } = runner();
    const done = run(join(DIRECTORY, 'foreign-server.sh'));
    expect(done).toMatchObject({ status: 0, told: '' });
    expect(done.stdout).toContain('carol.test reads the profile of Alice\n');
    expect(done.stdout).toContain('Carol');
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  });
});
