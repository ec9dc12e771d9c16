import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, servePeer } from '../../support/lab-identity.ts';
import { inboxAnswers, posted } from '../../support/own-instance.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { ownHome, serveOwn } from './own-home.ts';

/** Alice's home, whose setting names a file that isn't there. */
async function withoutFile() {
  const own = await ownHome('alice.test');
  const file = join(own.home, 'network.json');
  writeFileSync(join(own.home, 'config.json'), JSON.stringify({ network: file }));
  return { own, file };
}

describe('a home whose network file is gone', () => {
  it.each([
    'status',
    'store check',
    'store rebuild',
    'key list',
    'keygen --rotate',
    'identity list',
    'profile show',
    'actions',
    'deliveries',
    'file list',
    'post hello',
    'deliver',
    'config unset network',
  ])('hinders nothing that asks nobody: %s', async (words) => {
    const { own } = await withoutFile();
    expect(await own.run(words.split(' '))).toMatchObject({ code: 0 });
  });

  it.each([
    'follow bob.test',
    'message bob.test hello',
    'fetch-profile bob.test',
    'dns-check bob.test',
    'smoke-test bob.test',
    'get https://cl-o.bob.test/api/me',
    'watch bob.test',
    'serve --plain-http --port 0',
  ])('is named where somebody is asked, with the way out: %s', async (words) => {
    const { own, file } = await withoutFile();
    const { code, stderr } = await own.run(words.split(' '));
    expect(code).toBe(2);
    expect(stderr).toContain(`Could not read the network file ${file}`);
    expect(stderr).toContain(`cloudillo config unset --home ${own.home} network`);
  });

  it('is a problem in the status', async () => {
    const { own } = await withoutFile();
    const { json } = await own.run(['status', '--json']);
    expect(json).toMatchObject({ network: 'unusable', problems: [{ code: 'usage.network' }, {}] });
    expect(schemaProblems('status', json)).toEqual([]);
  });

  it.each(['', '{', '{}', '{"version":1}'])('may as well be damaged: %s', async (text) => {
    const { own, file } = await withoutFile();
    writeFileSync(file, text);
    expect((await own.run(['status', '--json'])).json).toMatchObject({ network: 'unusable' });
    expect((await own.run(['config', 'unset', 'network'])).code).toBe(0);
    expect((await own.run(['status', '--json'])).json).toMatchObject({ network: 'public' });
  });

  it('ends no delivery: it is made when the file is back', async () => {
    const lab = await startLab();
    const own = await ownHome('alice.test');
    const peer = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(503, 503, 503, 202));
    await serveOwn(lab, own, 'alice.test');
    const file = networkFile(lab);
    writeFileSync(join(own.home, 'config.json'), JSON.stringify({ network: file }));
    await own.run(['follow', 'bob.test', '--timeout', '15s']);
    renameSync(file, `${file}.away`);
    const failed = await own.run(['deliveries', 'retry', '--all', '--json']);
    expect(failed.json).toMatchObject({ state: 'queued', error: { code: 'usage.network' } });
    renameSync(`${file}.away`, file);
    expect((await own.run(['deliveries', 'retry', '--all', '--json'])).json).toMatchObject({ state: 'delivered' });
    expect(new Set(posted(peer)).size).toBe(1);
  });
});
