import { describe, expect, it } from 'vitest';
import { decodeToken } from '../../../src/protocol/token.ts';
import { type Handler, startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, save, servePeer } from '../../support/lab-identity.ts';
import { inboxAnswers, posted, wantsWork } from '../../support/own-instance.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { ownHome, serveOwn } from './own-home.ts';

const bob = makeIdentity('bob.test');
const asJson = '--json';

/** A home of alice's whose network is a lab, with bob's server in it. */
async function setUp(handler: Handler = inboxAnswers(202)) {
  const lab = await startLab();
  const own = await ownHome('alice.test');
  const [peer] = await Promise.all([servePeer(lab, bob, handler), serveOwn(lab, own, 'alice.test')]);
  const file = networkFile(lab);
  const run = (args: string[], stdin?: string) =>
    own.run([...args, '--network', file, '--timeout', '15s'], stdin === undefined ? {} : { stdin });
  return { own, peer, run };
}

const typesOf = (tokens: string[]) => tokens.map((token) => decodeToken(token).claims['t']);

describe('what is said from the command line', () => {
  it('is checked, stored and delivered, stage by stage, and told in its published form', async () => {
    const { run, peer } = await setUp();
    const text = await run(['connect', 'bob.test', '--message', 'hello']);
    expect(text).toMatchObject({ code: 0 });
    expect(text.stderr.match(/(?<=[✓✗–] )\w+/g)).toEqual(['check', 'profile', 'store', 'preflight', 'deliver']);
    expect(text.stdout).toMatch(
      /^✓ alice\.test asks bob\.test to connect\n {2}action {2}a1~\S{43}\n {2}answer {2}202\n$/,
    );
    const again = await run(['connect', 'bob.test', asJson]);
    expect(again).toMatchObject({ code: 0, json: { outcome: 'already', relation: { connected: false } } });
    expect(schemaProblems('connect', again.json)).toEqual([]);
    const message = await run(['message', 'bob.test', '-', asJson], 'from standard input');
    expect(message).toMatchObject({ code: 0, json: { outcome: 'accepted', claims: { c: 'from standard input' } } });
    expect(schemaProblems('message', message.json)).toEqual([]);
    const ended = await run(['disconnect', 'bob.test', asJson]);
    expect(ended).toMatchObject({ code: 0, json: { type: 'CONN:DEL' } });
    expect(schemaProblems('disconnect', ended.json)).toEqual([]);
    expect((await run(['disconnect', 'bob.test', asJson])).json.outcome).toBe('already');
    expect(typesOf(posted(peer))).toEqual(['CONN', 'MSG', 'CONN:DEL']);
  });

  it('is stored when it is for nobody else, and found by the beginning of its ID', async () => {
    const { run, own } = await setUp();
    const post = await run(['post', '@', '--visibility', 'P', asJson].with(1, `@${save('post.txt', 'from a file')}`));
    expect(post).toMatchObject({
      code: 0,
      json: { outcome: 'stored', type: 'POST:TEXT', claims: { c: 'from a file' } },
    });
    expect(schemaProblems('post', post.json)).toEqual([]);
    const id = post.json.actionId.slice(0, 12);
    for (const [command, ...args] of [
      ['comment', id, 'well'],
      ['react', id, 'love'],
      ['delete', id],
    ]) {
      const { code, json } = await run([command as string, ...args, asJson]);
      expect({ code, outcome: json.outcome }).toEqual({ code: 0, outcome: 'stored' });
      expect(schemaProblems(command as string, json)).toEqual([]);
    }
    expect((await own.run(['delete', id])).stdout).toContain('out of sight already');
  });

  it('is only shown with --dry-run', async () => {
    const { run, own, peer } = await setUp();
    const dry = await run(['action', 'FLLW', '--audience', 'bob.test', '--dry-run', asJson]);
    expect(dry).toMatchObject({
      code: 0,
      json: { outcome: 'dry-run', claims: { t: 'FLLW', aud: 'bob.test', v: 'F' } },
    });
    expect(schemaProblems('action', dry.json)).toEqual([]);
    expect(posted(peer)).toEqual([]);
    expect((await own.run(['actions', asJson])).stdout).toBe('');
    const attached = await run(['post', 'x', '--attach', save('a.txt', 'a'), '--dry-run', asJson]);
    expect(attached).toMatchObject({ code: 2, json: { error: { code: 'usage.file' } } });
  });

  it('takes files along, and names a post by what they are', async () => {
    const { run } = await setUp();
    const post = await run(['post', 'see', '--attach', save('notes.txt', 'notes'), asJson]);
    expect(post.json.type).toBe('POST');
    expect(post.json.claims.a).toEqual([expect.stringMatching(/^f1~/)]);
  });

  it.each<[string[], number, string]>([
    [['post'], 2, 'usage.missing'],
    [['post', 'two', 'words'], 2, 'usage.argument'],
    [['post', 'bob.test', '/api/inbox'], 2, 'usage.argument'],
    [['action', 'NOPE'], 2, 'usage.action'],
    [['action', 'POST', '--content-json', '{'], 2, 'usage.content'],
    [['post', ''], 2, 'usage.content'],
    [['post', '   '], 2, 'usage.content'],
    [['post', '-'], 2, 'usage.content'],
    [['post', '@bob.test is right'], 2, 'usage.file'],
    [['post', '--file', 'nowhere'], 2, 'usage.file'],
    [['post', 'x', '--flags', 'Rx'], 2, 'usage.action'],
    [['post', 'x', '--attach', 'f1~cut'], 2, 'usage.content-id'],
    [['comment', 'nothing', 'x'], 2, 'usage.action-id'],
    [['react', 'nothing', 'love'], 2, 'usage.action-id'],
    [['react', 'a1~nothing', 'love'], 8, 'store.no-action'],
    [['react', 'a1~nothing', 'hate'], 2, 'usage.value'],
    [['accept', 'a1~nothing'], 8, 'store.no-action'],
    [['accept', 'nothing'], 2, 'usage.action-id'],
    [['message', 'nobody.test', 'hi'], 5, 'dns.nxdomain'],
    [['message', 'alice.test', 'hi'], 2, 'usage.action'],
    [['action', 'CONN:ACC', '--audience', 'bob.test'], 3, 'check.state'],
  ])('%j is refused before anything is stored', async (args, code, error) => {
    const { run, own } = await setUp();
    const result = await run([...args, asJson], '\n');
    expect({ code: result.code, error: result.json.error.code }).toEqual({ code, error });
    expect((await own.run(['actions', asJson])).stdout).toBe('');
  });

  it('ends where its text ends, not with the line end of a pipe or a file', async () => {
    const { run } = await setUp();
    for (const [args, text] of [
      [['post', '-'], 'two\nlines\n'],
      [['post', `@${save('said.txt', 'two\r\nlines\r\n')}`], ''],
    ] as const) {
      const { json } = await run([...args, asJson], text);
      expect(json.claims.c).toMatch(/^two\r?\nlines$/);
    }
    expect((await run(['post', 'as typed\n', asJson])).json.claims.c).toBe('as typed\n');
  });

  it('says what can be done about an action that awaits no decision', async () => {
    const { run } = await setUp();
    const { json } = await run(['post', 'x', asJson]);
    const accepted = await run(['accept', json.actionId, asJson]);
    expect(accepted.json.error).toMatchObject({
      code: 'usage.action',
      hint: expect.stringContaining('cloudillo delete'),
    });
    const unknown = await run(['action', 'NOPE', asJson]);
    expect(unknown.json.error.hint).toContain('IDP:REG');
    const lost = await run(['accept', 'a1~nothing', asJson]);
    expect(lost.json.error.hint).toContain('--as alice.test');
  });

  it.each([
    [['message', 'bob.test', 'x']],
    [['connect', 'bob.test']],
    [['post', 'x', '--on', 'bob.test']],
    [['follow', 'bob.test']],
  ])('%j is refused as wrong usage where the own identity blocks the peer', async (args) => {
    const { run, own } = await setUp();
    // Asked before the block: that must not pass for a success afterwards.
    await run(['connect', 'bob.test']);
    await own.run(['block', 'bob.test']);
    const { code, json } = await run([...args, asJson]);
    expect(code).toBe(2);
    expect(json.error).toMatchObject({ code: 'usage.blocked', hint: expect.stringContaining('unblock') });
  });

  it('explains @ only to whoever wrote one', async () => {
    const { own } = await setUp();
    const hint = async (...args: string[]) => (await own.run(['post', ...args, asJson])).json.error.hint;
    expect(await hint('@nowhere')).toContain('@');
    expect(await hint('--file', 'nowhere')).not.toContain('@');
  });

  it('ends with 7 where the peer refuses, and stays queued with 4 where it is down', async () => {
    const refused = await setUp(inboxAnswers(403));
    const no = await refused.run(['message', 'bob.test', 'hi', asJson]);
    expect(no).toMatchObject({ code: 7, json: { outcome: 'refused', error: { code: 'peer.refused' } } });
    expect(schemaProblems('message', no.json)).toEqual([]);
    const away = await setUp();
    await away.peer.close();
    const later = await away.run(['connect', 'bob.test', asJson]);
    expect(later).toMatchObject({ code: 4, json: { outcome: 'queued', sent: { queued: 1 } } });
    expect(later.json.error.hint).toMatch(/cloudillo deliver --network \S+network\.json --home /);
    expect((await away.run(['message', 'bob.test', 'hi'])).stdout).toContain("bob.test doesn't know yet");
  });

  it('does the work that a peer asks for', async () => {
    const { run, peer } = await setUp(wantsWork);
    const { code, json } = await run(['connect', 'bob.test', asJson]);
    expect({ code, outcome: json.outcome }).toEqual({ code: 0, outcome: 'accepted' });
    expect(json.claims._).toMatch(/\w/);
    expect(posted(peer)).toEqual([expect.any(String), json.token]);
  });
});

describe('post with --data, the old form of request', () => {
  it('is a request by hand, and nothing is published', async () => {
    const { run, own, peer } = await setUp();
    const { code, stdout, stderr } = await run(['post', 'bob.test', '/api/inbox', '--data', '{"token":"x"}']);
    expect([code, stderr]).toEqual([0, 'note: post --data is now request POST; the old form works until 0.3\n']);
    expect(stdout).toContain('data');
    expect(peer.requests.at(-1)).toMatchObject({ method: 'POST', url: '/api/inbox', body: '{"token":"x"}' });
    expect((await own.run(['actions', asJson])).stdout).toBe('');
  });
});
