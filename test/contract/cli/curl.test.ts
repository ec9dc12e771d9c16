import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answer, type Handler, type Peer, startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, save, servePeer } from '../../support/lab-identity.ts';
import { CLI_PATH, isolatedEnv, runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { serveWell } from '../../support/well-server.ts';

const hasTools = ['curl', 'jq'].every((tool) => spawnSync(tool, ['--version']).status === 0);

/** Runs what `--curl` printed in a shell that has this build as `cloudillo`. @param typed what somebody types */
async function runInShell(
  script: string,
  typed = '',
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const bin = temporaryDirectory();
  writeFileSync(join(bin, 'cloudillo'), `#!/bin/sh\nexec "${process.execPath}" "${CLI_PATH}" "$@"\n`);
  chmodSync(join(bin, 'cloudillo'), 0o755);
  const env = isolatedEnv({ PATH: `${bin}${delimiter}${process.env['PATH']}` });
  const child = spawn('sh', ['-eu', '-c', script], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(typed);
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = '';
    for await (const chunk of stream) text += chunk;
    return text;
  };
  const [stdout, stderr, code] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, stdout, stderr };
}

/** The first request again, or those after it: everything that decides what a server answers. */
const seen = ({ requests }: Peer) =>
  requests.map(({ method, url, headers, body }) => {
    const { authorization = null, 'content-type': type = null, 'x-more': more = null } = headers;
    return { method, url, authorization, type, more, body };
  });

async function bob(handler: Handler) {
  const lab = await startLab();
  const peer = await servePeer(lab, makeIdentity('bob.test'), handler);
  return { peer, network: networkFile(lab), lab };
}

describe.skipIf(!hasTools)('--curl (curl and jq; skipped where they are missing)', () => {
  it('prints how the bus is asked for, and whether it opens shows', async () => {
    const lab = await startLab();
    await serveWell(lab);
    const { stderr } = await runCli(['doctor', 'alice.test', '--network', networkFile(lab), '--curl', '--json']);
    const lines = stderr.split('\n');
    const at = lines.findIndex((line) => line.startsWith('# GET https://cl-o.alice.test/ws/'));
    const authority = lines.slice(lines.indexOf('# the authority of the sandbox'), lines.indexOf('END') + 1);
    const again = await runInShell([...authority, lines[at + 1]].join('\n'));
    expect(again.stdout).toContain('101 Switching Protocols');
  });

  it('prints a command that sends the same request', async () => {
    const { peer, network } = await bob((_, response) => answer(response, { n: 1 }));
    const path = "/api/actions?types=POST,CMNT&limit=2&tag=it's%20%24HOME";
    const { code, stderr, stdout } = await runCli(['get', 'bob.test', path, '--network', network, '--curl']);
    expect(code).toBe(0);
    const again = await runInShell(stderr);
    expect(again).toMatchObject({ code: 0, stdout });
    const [first, second] = seen(peer);
    expect(new URL(`https://x${second?.url}`).searchParams).toEqual(new URL(`https://x${first?.url}`).searchParams);
    expect({ ...second, url: '' }).toEqual({ ...first, url: '' });
  });

  it('shows neither token, header, body nor secret parameter, and the command gets them from where they were', async () => {
    const { peer, network } = await bob((_, response) => answer(response, { n: 1 }));
    const tokenFile = save('token', 'planted-bearer-token');
    const bodyFile = save('body.json', '{"a":"planted body"}');
    const args = ['request', 'POST', 'bob.test', '/api/x?key=planted-key', '--data', `@${bodyFile}`];
    const secrets = ['--header', 'X-More: planted-header', '--bearer-file', tokenFile];
    const { code, stderr } = await runCli([...args, ...secrets, '--network', network, '--curl']);
    expect(code).toBe(0);
    expect(stderr).not.toContain('planted');
    expect(stderr).toContain('$CLOUDILLO_TOKEN');
    const again = await runInShell(stderr, 'planted-header\nplanted-key\n');
    expect(again.code).toBe(0);
    const [first, second] = seen(peer);
    expect(first).toMatchObject({ authorization: 'Bearer planted-bearer-token', body: '{"a":"planted body"}' });
    expect(second).toEqual(first);
  });

  it('signs in anew where the command signed in', async () => {
    const tokens: string[] = [];
    const { peer, network } = await bob((request, response) => {
      if (!request.url.startsWith('/api/auth/access-token')) return answer(response, { me: true });
      tokens.push(new URL(`https://x${request.url}`).searchParams.get('token') ?? '');
      answer(response, { token: `access-${tokens.length}` });
    });
    const home = join(temporaryDirectory(), 'home');
    await runCli(['init', 'alice.test', '--home', home, '--yes']);
    const signIn = ['--as', 'alice.test', '--home', home];
    const { stderr } = await runCli(['get', 'bob.test', '/api/x', ...signIn, '--network', network, '--curl']);
    for (const token of tokens) expect(stderr).not.toContain(token);
    expect(stderr).not.toContain('access-1');
    expect((await runInShell(stderr)).code).toBe(0);
    const asked = seen(peer).filter(({ url }) => url === '/api/x');
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer access-1', 'Bearer access-3']);
  });
});
