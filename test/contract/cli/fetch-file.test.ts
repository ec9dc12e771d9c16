import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blobId, fileId } from '../../../src/protocol/content-id.ts';
import { answer, type Handler, type Lab, type Peer, refuse, startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, servePeer } from '../../support/lab-identity.ts';
import { type RunningCli, runCli, startCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';

const original = randomBytes(300_000);
const thumb = Buffer.from('a small picture');
const descriptor = `d2,orig:${blobId(original)}:f=bin:s=${original.length}:r=0x0;vis.tn:${blobId(thumb)}:f=webp:s=${thumb.length}:r=9x9`;
const file = fileId(descriptor);

const fetchFile = (lab: Lab, ...args: string[]) => runCli(['fetch-file', '--network', networkFile(lab), ...args]);

/** A lab whose alice.test serves the file; `bytes` instead of the right ones when given. */
async function labWith({
  bytes = original,
  described = true,
}: {
  bytes?: Uint8Array;
  described?: boolean;
} = {}): Promise<Lab> {
  const serve: Handler = ({ url }, response) => {
    const path = url.replace(/\?.*/, '');
    if (described && path === `/api/files/${file}/descriptor`) answer(response, descriptor);
    else if (path === `/api/files/${file}`) response.writeHead(200, { 'content-type': 'image/png' }).end(bytes);
    else if (path === `/api/files/variant/${blobId(thumb)}`) response.end(bytes === original ? thumb : bytes);
    else refuse(response, 404, 'E-CORE-NOTFOUND');
  };
  const lab = await startLab();
  await servePeer(lab, makeIdentity('alice.test'), serve);
  return lab;
}

describe('fetch-file', () => {
  it('writes a verified file', async () => {
    const lab = await labWith();
    const out = `${temporaryDirectory()}/file.png`;
    const text = await fetchFile(lab, 'alice.test', file, '--out', out);
    expect(text.code).toBe(0);
    expect(text.stdout).toBe(`✓ verified  ${out}  300000 bytes  ${blobId(original)}  (orig)\n`);
    expect(readFileSync(out).equals(original)).toBe(true);
    const run = await fetchFile(lab, 'alice.test', file, '--out', out, '--force', '--json');
    expect(run).toMatchObject({
      code: 0,
      json: {
        verified: 'descriptor',
        variant: 'orig',
        size: 300_000,
        contentType: 'image/png',
        descriptor,
        savedTo: out,
      },
    });
    expect(schemaProblems('fetch-file', run.json)).toEqual([]);
  });

  it.each([[[]], [['--out', '-']]])('writes to stdout, with the talk on stderr: %j', async (args) => {
    const lab = await labWith();
    const cli = startCli(['fetch-file', '--network', networkFile(lab), 'alice.test', file, ...args]);
    const hash = createHash('sha256');
    cli.child.stdout?.setEncoding('latin1').on('data', (text: string) => hash.update(text, 'latin1'));
    const { code, stderr } = await cli.done;
    expect(code).toBe(0);
    expect(stderr).toContain('✓ verified');
    expect(hash.digest('hex')).toBe(createHash('sha256').update(original).digest('hex'));
  });

  it('killed in the middle leaves a part, which the next one for the same file removes', async () => {
    const lab = await startLab();
    let isSlow = true;
    await servePeer(lab, makeIdentity('alice.test'), ({ url }, response) => {
      const path = url.replace(/\?.*/, '');
      if (path === `/api/files/${file}/descriptor`) return answer(response, descriptor);
      if (!isSlow) return void response.end(original);
      // The rest never comes.
      response.writeHead(200, { 'content-length': original.length }).write(original.subarray(0, 200_000));
    });
    const directory = temporaryDirectory();
    const out = join(directory, 'file.png');
    const partBytes = () => readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
    const fetching = startCli(['fetch-file', '--network', networkFile(lab), 'alice.test', file, '--out', out]);
    await expect.poll(partBytes, { timeout: 30_000 }).toBeGreaterThan(0);
    fetching.child.kill('SIGKILL');
    await fetching.done;
    expect(readdirSync(directory)).toHaveLength(1);
    expect(existsSync(out)).toBe(false);
    isSlow = false;
    expect((await fetchFile(lab, 'alice.test', file, '--out', out)).code).toBe(0);
    expect(readdirSync(directory)).toEqual(['file.png']);
    expect(readFileSync(out).equals(original)).toBe(true);
  });

  it.each([['vis.tn'], ['tn'], [blobId(thumb)]])('fetches the variant %s', async (variant) => {
    const lab = await labWith();
    const out = `${temporaryDirectory()}/thumb`;
    const run = await fetchFile(lab, 'alice.test', file, '--variant', variant, '--out', out, '--json');
    expect(run).toMatchObject({ code: 0, json: { verified: 'descriptor', variant: 'vis.tn', blobId: blobId(thumb) } });
    expect(readFileSync(out).equals(thumb)).toBe(true);
  });

  it('fetches a blob by its own ID', async () => {
    const lab = await labWith();
    const out = `${temporaryDirectory()}/blob`;
    const run = await fetchFile(lab, 'alice.test', blobId(thumb), '--out', out, '--json');
    expect(run).toMatchObject({ code: 0, json: { verified: 'blob', variant: null, descriptor: null } });
    expect(schemaProblems('fetch-file', run.json)).toEqual([]);
  });

  it('says when nothing could be verified against', async () => {
    const lab = await labWith({ described: false });
    const out = `${temporaryDirectory()}/file`;
    const run = await fetchFile(lab, 'alice.test', file, '--out', out);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^\? not verified/);
    expect(existsSync(out)).toBe(true);
  });

  it.each<[string, Uint8Array, string, number]>([
    [
      'one flipped bit',
      Buffer.concat([original.subarray(0, 299_999), Buffer.from([original[299_999]! ^ 1])]),
      'peer.mismatch',
      7,
    ],
    ['bytes cut off', original.subarray(0, 1000), 'peer.mismatch', 7],
    ['more bytes', Buffer.concat([original, Buffer.from('!')]), 'network.too-large', 4],
    ['nothing', Buffer.alloc(0), 'peer.mismatch', 7],
  ])('leaves no file behind on %s', async (_what, bytes, error, code) => {
    const lab = await labWith({ bytes });
    const directory = temporaryDirectory();
    const run = await fetchFile(lab, 'alice.test', file, '--out', `${directory}/file`, '--json');
    expect(run).toMatchObject({ code, json: { error: { code: error } } });
    expect(readdirSync(directory)).toEqual([]);
    expect((await fetchFile(lab, 'alice.test', file)).code).toBe(code);
  });

  it.each<[string, (peer: Peer, cli: RunningCli) => unknown, (number | NodeJS.Signals)[]]>([
    ['it is interrupted', (_, { child }) => child.kill('SIGINT'), [4]],
    ['the peer goes away', (peer) => peer.close(), [4]],
    ['the terminal goes away', (_, { child }) => child.kill('SIGHUP'), ['SIGHUP']],
    [
      'two signals come',
      (_, { child }) => [child.kill('SIGINT'), child.kill('SIGTERM')],
      // The second one, when it comes before the stop is through, ends the process.
      [4, 130, 143],
    ],
  ])('leaves no file behind when %s', async (_what, happen, ends) => {
    const lab = await startLab();
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const peer = await servePeer(lab, makeIdentity('alice.test'), ({ url }, response) => {
      if (url.endsWith('/descriptor')) return answer(response, descriptor);
      response.writeHead(200, { 'content-length': original.length }).write(original.subarray(0, 1000));
      begin();
    });
    const directory = temporaryDirectory();
    const args = ['--network', networkFile(lab), 'alice.test', file, '--out', `${directory}/file`, '--json'];
    const cli = startCli(['fetch-file', ...args]);
    await begun;
    await happen(peer, cli);
    const run = await cli.done;
    expect(ends).toContain(run.signal ?? run.code);
    if (run.code === 4) expect(run.json).toMatchObject({ error: { code: expect.stringMatching(/^network\./) } });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('never replaces a file unless told, and finds out before it asks', async () => {
    const lab = await labWith();
    const out = `${temporaryDirectory()}/file`;
    writeFileSync(out, 'mine');
    const run = await fetchFile(lab, 'alice.test', file, '--out', out, '--json');
    expect(run).toMatchObject({ code: 2, json: { error: { code: 'usage.exists' } } });
    expect(readFileSync(out, 'utf8')).toBe('mine');
    expect(lab.dns.asked).toEqual([]);
    const wrong = await labWith({ bytes: Buffer.from('other bytes') });
    expect((await fetchFile(wrong, 'alice.test', file, '--out', out, '--force')).code).toBe(7);
    expect(readFileSync(out, 'utf8')).toBe('mine');
  });

  it.each<[string, string[], number, string]>([
    ['an unknown file', ['alice.test', `f1~${'A'.repeat(43)}`, '--out', 'x'], 7, 'peer.refused'],
    ['what is no file ID', ['alice.test', '../me', '--out', 'x'], 2, 'usage.content-id'],
    ['an unknown variant', ['alice.test', file, '--variant', 'vis.hd', '--out', 'x'], 2, 'usage.variant'],
    ['--json without a file for the bytes', ['alice.test', file], 2, 'usage.out'],
    ['a directory that is not there', ['alice.test', file, '--out', '/nonexistent/x'], 8, 'store.io'],
    ['an unknown name', ['lost.test', file, '--out', 'x'], 5, 'dns.nxdomain'],
  ])('fails on %s', async (_what, args, exit, code) => {
    const cwd = temporaryDirectory();
    const run = await runCli(['fetch-file', '--network', networkFile(await labWith()), ...args, '--json'], { cwd });
    expect(run).toMatchObject({ code: exit, json: { error: { code } } });
    expect(schemaProblems('fetch-file', run.json)).toEqual([]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('does not write into a directory of that name', async () => {
    const out = `${temporaryDirectory()}/d`;
    mkdirSync(out);
    const run = await fetchFile(await labWith(), 'alice.test', file, '--out', out, '--force', '--json');
    expect(run).toMatchObject({ code: 2, json: { error: { code: 'usage.out' } } });
  });
});
