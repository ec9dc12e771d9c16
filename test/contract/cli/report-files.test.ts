import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile } from '../../support/lab-identity.ts';
import { PROJECT_ROOT, type RunOptions, runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { serveWell } from '../../support/well-server.ts';

let lab: Lab;
let network: string;
beforeEach(async () => {
  lab = await startLab();
  await serveWell(lab, { identity: makeIdentity('alice.test') });
  network = networkFile(lab);
});

const run = (args: string[], options: RunOptions = {}) =>
  runCli(args, { ...options, env: { CLOUDILLO_NETWORK: network, ...options.env } });

/** Each command that checks something, on something that fails. */
const FAILING: [string[], string][] = [
  [['smoke-test', 'nobody.test'], 'nobody.test'],
  [['doctor', 'nobody.test'], 'nobody.test'],
  [['dns-check', 'nobody.test'], 'nobody.test'],
  [['verify-token', 'no-token'], 'no token'],
];

const GOOD = ['smoke-test', 'alice.test', '--report'];
const xmllint = (file: string) =>
  spawnSync('xmllint', ['--noout', '--schema', join(PROJECT_ROOT, 'schemas/junit.xsd'), file], { encoding: 'utf8' });
const hasXmllint = spawnSync('xmllint', ['--version']).error === undefined;

describe('--report', { timeout: 60_000 }, () => {
  it.each(FAILING)('writes every format for %s', async (command, subject) => {
    const dir = temporaryDirectory('reports-');
    const files = ['junit', 'tap', 'markdown', 'json', 'html'].map((format) => `${format}=${join(dir, format)}`);
    const plain = await run(command);
    const result = await run([...command, '--report', files.join(',')]);
    expect(result.code).toBe(3);
    // Numbers are times.
    const timeless = (text: string) => text.replace(/\d+/g, 'N');
    expect([timeless(result.stdout), result.stderr]).toEqual([timeless(plain.stdout), plain.stderr]);
    expect(readdirSync(dir).sort()).toEqual(['html', 'json', 'junit', 'markdown', 'tap']);
    const [suite] = JSON.parse(readFileSync(join(dir, 'json'), 'utf8')).suites;
    expect(schemaProblems('results', { suites: [suite] })).toEqual([]);
    expect(suite).toMatchObject({ name: subject, counts: { passed: 0 } });
    expect(suite.counts.failed).toBeGreaterThan(0);
    expect(readFileSync(join(dir, 'tap'), 'utf8')).toContain(`not ok 1 - ${subject} `);
    expect(readFileSync(join(dir, 'markdown'), 'utf8')).toContain(`### ✗ ${subject}`);
    expect(readFileSync(join(dir, 'html'), 'utf8')).toContain(`<h2>✗ ${subject}</h2>`);
    expect(readFileSync(join(dir, 'junit'), 'utf8')).toContain(`<testsuite name="${subject}"`);
    if (hasXmllint) expect(xmllint(join(dir, 'junit'))).toMatchObject({ status: 0 });
  });

  it('replaces a file, and leaves it as it was when the command is used wrongly', async () => {
    const file = join(temporaryDirectory('reports-'), 'r.json');
    writeFileSync(file, 'before');
    expect(await run([...GOOD, `json=${file}`, '--no-such-flag'])).toMatchObject({ code: 2 });
    expect(readFileSync(file, 'utf8')).toBe('before');
    expect(await run([...GOOD, `json=${file}`])).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(file, 'utf8')).suites[0].counts).toMatchObject({ failed: 0, notMade: 0 });
  });

  it('has one failed case for a command that could not do its work', async () => {
    const file = join(temporaryDirectory('reports-'), 'r.json');
    const result = await run(['dns-check', 'nobody.test', '--wait', '1ms', '--report', `json=${file}`, '--json']);
    expect(result).toMatchObject({ code: 9, json: { error: { code: 'wait.timeout' } } });
    const { suites } = JSON.parse(readFileSync(file, 'utf8'));
    expect(suites.at(-1).cases).toMatchObject([{ name: 'dns-check', outcome: 'failed', code: 'wait.timeout' }]);
  });

  it('has a case for each token of a batch', async () => {
    const result = await run(['verify-token', '--batch', '--report', 'tap=-'], { stdin: 'a\nb\n' });
    expect(result.code).toBe(3);
    expect(result.stdout.match(/^(not )?ok .*$/gm)).toEqual(['not ok 1 - tokens line 1', 'not ok 2 - tokens line 2']);
    expect(result.stderr).toContain('2 tokens');
  });

  it('has all cases of a batch that memory does not hold, in every format, and leaves no file behind', async () => {
    const [dir, tmp] = [temporaryDirectory('reports-'), temporaryDirectory('tmp-')];
    const files = ['junit', 'tap', 'markdown', 'json', 'html'].map((format) => `${format}=${join(dir, format)}`);
    const count = 3_000;
    const args = ['verify-token', '--batch', '--quiet', '--report', files.join(',')];
    const result = await run(args, { stdin: 'no-token\n'.repeat(count), env: { TMPDIR: tmp } });
    expect([result.code, readdirSync(tmp)]).toEqual([3, []]);
    const text = (format: string) => readFileSync(join(dir, format), 'utf8');
    const [suite] = JSON.parse(text('json')).suites;
    expect(schemaProblems('results', { suites: [suite] })).toEqual([]);
    expect([suite.counts.failed, suite.cases.length, suite.cases.at(-1).name]).toEqual([count, count, `line ${count}`]);
    expect(text('tap').trimEnd().endsWith(`1..${count}`)).toBe(true);
    expect(text('junit').match(/<testcase /g)).toHaveLength(count);
    expect(text('junit')).toContain(`tests="${count}" failures="${count}"`);
    if (hasXmllint) expect(xmllint(join(dir, 'junit'))).toMatchObject({ status: 0 });
    expect(text('markdown').match(/^\| ✗ /gm)).toHaveLength(count);
    expect(text('html').match(/<tr>/g)).toHaveLength(count);
  });

  it.each([
    ['another spelling', 'x', './x'],
    ['a link', 'x', 'link'],
    ['a link and its spelling', './link', 'dir/../x'],
    ['a link to the directory', 'x', 'same/x'],
  ])('refuses two reports to one file by %s, before the work', async (_how, first, second) => {
    const dir = temporaryDirectory('reports-');
    symlinkSync('x', join(dir, 'link'));
    symlinkSync('.', join(dir, 'same'));
    mkdirSync(join(dir, 'dir'));
    const result = await run([...GOOD, `junit=${first},tap=${second}`, '--json'], { cwd: dir });
    expect(result).toMatchObject({ code: 2, json: { error: { code: 'usage.value' } } });
    expect(readdirSync(dir).sort()).toEqual(['dir', 'link', 'same']);
  });

  it.each([
    ['a directory', '.', 2, 'usage.out'],
    ['a full disk', '/dev/full', 8, 'store.full'],
    ['no directory', 'none/x', 8, 'store.io'],
    ['a file as a directory', 'file/x', 8, 'store.io'],
  ])('ends with the code of what is wrong with the place: %s', async (_what, path, code, error) => {
    const dir = temporaryDirectory('reports-');
    writeFileSync(join(dir, 'file'), '');
    const result = await run([...GOOD, `junit=${path}`, '--json'], { cwd: dir });
    expect(result.code).toBe(code);
    expect(result.lines.at(-1)).toMatchObject({ error: { code: error } });
    expect(readdirSync(dir)).toEqual(['file']);
  });

  it.each(FAILING)('tells what %s found where the report can not be written', async (command) => {
    const without = await run([...command, '--json']);
    const result = await run([...command, '--json', '--report', 'tap=/dev/full']);
    // The proven "no" counts more.
    expect(result.code).toBe(3);
    expect(result.lines).toHaveLength(without.lines.length + 1);
    expect(Object.keys(result.lines[0])).toEqual(Object.keys(without.lines[0]));
    expect(result.lines.at(-1)).toMatchObject({ error: { code: 'store.full' } });
  });

  it('tells an error and the loss of its report', async () => {
    const result = await run(['dns-check', 'nobody.test', '--wait', '1ms', '--report', 'tap=/dev/full']);
    expect(result.code).toBe(8);
    expect(result.stderr).toMatch(/code: wait\.timeout[\s\S]*code: store\.full/);
  });

  it('writes to a FIFO as it is', async () => {
    const fifo = join(temporaryDirectory('reports-'), 'fifo');
    if (spawnSync('mkfifo', [fifo]).status !== 0) return;
    const [result, text] = await Promise.all([run([...GOOD, `tap=${fifo}`]), readFile(fifo, 'utf8')]);
    expect([result.code, text.split('\n')[0]]).toEqual([0, 'TAP version 14']);
    expect(statSync(fifo).isFIFO()).toBe(true);
  });

  it('refuses a file that can not be written before anything is asked', async () => {
    const dir = temporaryDirectory('reports-');
    const missing = join(dir, 'none/r.xml');
    const result = await run([...GOOD, `tap=${join(dir, 'r.tap')},junit=${missing}`]);
    expect(result).toMatchObject({ code: 8, stdout: '' });
    expect(result.stderr).toContain(`${missing} can't be written`);
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each([
    ['junit', 'usage.value'],
    ['pdf=x', 'usage.value'],
    ['junit=', 'usage.value'],
    ['junit=x,tap=x', 'usage.value'],
    // With --json not even one may be written there.
    ['junit=-,tap=-', 'usage.out'],
    ['junit=-', 'usage.out'],
  ])('refuses %s', async (value, code) => {
    expect(await run([...GOOD, value, '--json'])).toMatchObject({ code: 2, json: { error: { code } } });
  });

  it('writes one report to standard output at most', async () => {
    const { code, stderr } = await run([...GOOD, 'junit=-,tap=-']);
    expect(code).toBe(2);
    expect(stderr).toContain('usage.value');
  });

  it('takes a comma in the name of a file, and several flags', async () => {
    const dir = temporaryDirectory('reports-');
    mkdirSync(join(dir, 'a,b'));
    const result = await run([...GOOD, `tap=${dir}/a,b/1,2.tap`, '--report', `html=${dir}/x.html`]);
    expect(result.code).toBe(0);
    expect([readdirSync(join(dir, 'a,b')), readdirSync(dir)]).toEqual([['1,2.tap'], ['a,b', 'x.html']]);
  });
});

describe('in GitHub Actions', { timeout: 60_000 }, () => {
  it.each(FAILING)('%s tells what failed', async (command, subject) => {
    const summary = join(temporaryDirectory('github-'), 'summary.md');
    writeFileSync(summary, 'before\n');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
    const result = await run([...command, '--json'], { env });
    expect(result.code).toBe(3);
    expect(result.stdout).not.toContain('::error');
    expect(result.stderr.match(/^::error title=/gm)?.length).toBeGreaterThan(0);
    expect(readFileSync(summary, 'utf8')).toContain(`before\n### ✗ ${subject}`);
  });

  it('keeps the exit code where the summary can not be written', async () => {
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: '/nonexistent/summary' };
    const result = await run(['smoke-test', 'alice.test'], { env });
    expect(result.code).toBe(0);
    expect(result.stderr).toContain("The summary of the step can't be written");
  });

  it('says nothing elsewhere', async () => {
    expect((await run(['smoke-test', 'nobody.test', '--json'])).stderr).not.toContain('::error');
  });
});
