import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  CLI_PATH,
  isolatedEnv,
  PROJECT_ROOT,
  type RunningCli,
  startCli,
  temporaryDirectory,
} from '../support/run-cli.ts';
import { Comparison, readSession, type Session, type Step } from './session.ts';

/** Pages whose sessions are run as they stand: the commands are typed, and what is printed has to be what the page shows. */
const DOCS = join(PROJECT_ROOT, 'docs');
const pages = readdirSync(DOCS)
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, session: readSession(readFileSync(join(DOCS, name), 'utf8')) }))
  .filter((page): page is { name: string; session: Session } => page.session !== null);

const sandboxes: RunningCli[] = [];
afterAll(async () => {
  for (const { child, done } of sandboxes) {
    child.kill('SIGTERM');
    await done;
  }
});

describe('the sessions of the documentation', () => {
  it.each(pages)('$name', { timeout: 180_000 }, async ({ name, session }) => {
    const terminal = await openTerminal(session);
    const comparison = new Comparison();
    for (const step of session.steps) {
      const printed = await terminal(step, comparison.command(step.command));
      const difference = comparison.difference(step.output, printed);
      const where = `docs/${name}:${step.line}: ${step.command}`;
      expect(difference && `${where}\n${difference}\n--\n${printed.join('\n')}`).toBeNull();
    }
  });
});

/** @returns types a command into somebody's terminal, and gives the lines that come */
async function openTerminal({ idTags: servers }: Session): Promise<(step: Step, command: string) => Promise<string[]>> {
  const root = temporaryDirectory('page-');
  const cwd = join(root, 'work');
  mkdirSync(cwd);
  const shim = join(root, 'bin');
  mkdirSync(shim);
  writeFileSync(join(shim, 'cloudillo'), `#!/bin/sh\nexec "${process.execPath}" "${CLI_PATH}" "$@"\n`);
  chmodSync(join(shim, 'cloudillo'), 0o755);
  const env = isolatedEnv({ PATH: `${shim}${delimiter}${process.env['PATH']}`, NO_COLOR: '1' });
  const homes = servers.length > 0 ? await startSandbox(servers, root) : {};
  // Those with a comma between them share a server and a home.
  const idTags = servers.flatMap((each) => each.split(','));
  const first = idTags[0];
  return async ({ who }, command) => {
    const idTag = who === '' ? first : idTags.find((each) => each.startsWith(`${who}.`));
    if (who !== '' && idTag === undefined) throw new Error(`${who} isn't in this session`);
    // Without a sandbox the home is where it is by default.
    const home = idTag === undefined ? join(env['XDG_DATA_HOME'] as string, 'cloudillo') : (homes[idTag] as string);
    const lines = await run(command, { cwd, env: idTag === undefined ? env : { ...env, CLOUDILLO_HOME: home } });
    return lines.map((line) =>
      line.replaceAll(home, '/home/alice/.local/share/cloudillo').replaceAll(cwd, '/home/alice'),
    );
  };
}

async function startSandbox(idTags: string[], root: string): Promise<Record<string, string>> {
  const args = ['sandbox', 'up', ...idTags, '--dir', join(root, 'sandbox'), '--port', '0', '--dns-port', '0', '--json'];
  const sandbox = startCli(args, { timeout: 240_000 });
  sandboxes.push(sandbox);
  const ready = JSON.parse(await sandbox.line((line) => line.includes('"ready":true')));
  return Object.fromEntries(ready.identities.map((each: { idTag: string; home: string }) => [each.idTag, each.home]));
}

/** Output and errors as a terminal shows them: one stream, in their order. */
async function run(command: string, { cwd, env }: { cwd: string; env: Record<string, string> }): Promise<string[]> {
  const child = spawn('sh', ['-c', `exec 2>&1\n${command}`], { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk;
  clearTimeout(timer);
  return output === ''
    ? []
    : output
        .trimEnd()
        .split('\n')
        .map((line) => line.trimEnd());
}
