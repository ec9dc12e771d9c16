import { describe, expect, it } from 'vitest';
import { actionId as idOf } from '../../../src/protocol/content-id.ts';
import { initInstance } from '../../../src/services/home/init.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { answer, type Lab, refuse, startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, servePeer } from '../../support/lab-identity.ts';
import { runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';

const alice = makeIdentity('alice.test');

const fetchAction = (lab: Lab, ...args: string[]) => runCli(['fetch-action', '--network', networkFile(lab), ...args]);

/** The view of a post as the network's server shows it. */
const viewOf = (actionId: string, changes: object = {}) => ({
  actionId,
  type: 'POST',
  subType: 'TEXT',
  issuer: { idTag: 'alice.test', name: 'Alice', type: 'person' },
  content: 'hello',
  createdAt: '2026-01-31T12:00:00Z',
  status: 'A',
  visibility: 'P',
  ...changes,
});

const CREATED = 1_769_860_800;
const post = (claims: object = {}) => alice.sign({ t: 'POST:TEXT', c: 'hello', v: 'P', iat: CREATED, ...claims });

/** A lab whose alice.test answers this view of the action. */
async function labWith(actionId: string, view: object): Promise<Lab> {
  const lab = await startLab();
  await servePeer(lab, alice, (request, response) => {
    if (request.url === `/api/actions/${actionId}`) answer(response, view);
    else if (request.url.startsWith('/api/actions?')) answer(response, []);
    else refuse(response, 404, 'E-CORE-NOTFOUND');
  });
  return lab;
}

describe('fetch-action', () => {
  it('verifies by hash and signature, and shows what was signed', async () => {
    const token = await post();
    const id = idOf(token);
    const lab = await labWith(id, viewOf(id, { token }));
    const [text, run, raw] = await Promise.all([
      fetchAction(lab, 'alice.test', id),
      fetchAction(lab, 'alice.test', id, '--json'),
      fetchAction(lab, 'alice.test', id, '--token'),
    ]);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^✓ verified {2}POST:TEXT {2}alice\.test\n/);
    expect(text.stdout).toMatch(/content +"hello"/);
    expect(run).toMatchObject({
      code: 0,
      json: { verified: true, token, differences: [], key: { source: 'profile' } },
    });
    expect(schemaProblems('fetch-action', run.json)).toEqual([]);
    expect(raw).toMatchObject({ code: 0, stdout: `${token}\n` });
  });

  it('stands by an action that has expired since', async () => {
    const token = await post({ exp: CREATED + 60 });
    const id = idOf(token);
    const lab = await labWith(id, viewOf(id, { token }));
    expect(await fetchAction(lab, 'alice.test', id, '--json')).toMatchObject({ code: 0, json: { verified: true } });
  });

  it('says "not verified" when there is no token', async () => {
    const id = idOf(await post());
    const lab = await labWith(id, viewOf(id));
    const [text, run, raw] = await Promise.all([
      fetchAction(lab, 'alice.test', id),
      fetchAction(lab, 'alice.test', id, '--json'),
      fetchAction(lab, 'alice.test', id, '--token', '--json'),
    ]);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^\? not verified/);
    expect(run).toMatchObject({ code: 0, json: { verified: false, token: null, view: { content: 'hello' } } });
    expect(run.json.reason).toContain('gave no token');
    expect(schemaProblems('fetch-action', run.json)).toEqual([]);
    expect(raw).toMatchObject({ code: 7, json: { error: { code: 'peer.no-token' } } });
  });

  it('finds a view that contradicts the token', async () => {
    const token = await post();
    const id = idOf(token);
    const lab = await labWith(id, viewOf(id, { token, content: 'goodbye', issuer: { idTag: 'eve.test' } }));
    const run = await fetchAction(lab, 'alice.test', id, '--json');
    expect(run).toMatchObject({ code: 3, json: { verified: false, differences: ['issuer', 'content'] } });
    expect(schemaProblems('fetch-action', run.json)).toEqual([]);
    const text = await fetchAction(lab, 'alice.test', id);
    expect(text.stdout).toMatch(/^✗ failed/);
    expect(text.stdout).toContain('"hello"');
    expect(text.stdout).not.toContain('goodbye');
  });

  it('finds a token that somebody else signed', async () => {
    const token = await makeIdentity('alice.test').sign({ t: 'POST:TEXT', c: 'hello', iat: CREATED });
    const id = idOf(token);
    const lab = await labWith(id, viewOf(id, { token }));
    const run = await fetchAction(lab, 'alice.test', id, '--json');
    expect(run).toMatchObject({ code: 3, json: { verified: false } });
    expect(run.json.checks).toContainEqual(expect.objectContaining({ id: 'signature', code: 'token.signature' }));
  });

  it('refuses another action than the one asked for', async () => {
    const id = idOf(await post());
    const lab = await labWith(id, viewOf(id, { token: await post({ c: 'other' }) }));
    const run = await fetchAction(lab, 'alice.test', id, '--json');
    expect(run).toMatchObject({ code: 7, json: { error: { code: 'peer.mismatch' } } });
  });

  it('could not tell when the issuer’s key can’t be had', async () => {
    const token = await makeIdentity('lost.test').sign({ t: 'POST:TEXT', c: 'hello', iat: CREATED });
    const id = idOf(token);
    const lab = await labWith(id, viewOf(id, { token, issuer: { idTag: 'lost.test' } }));
    const run = await fetchAction(lab, 'alice.test', id, '--json');
    expect(run).toMatchObject({ code: 5, json: { verified: false } });
  });

  it.each<[string, string[], number, string]>([
    ['what is no action ID', ['alice.test', 'f1~x'], 2, 'usage.content-id'],
    ['what is no idTag', ['a_b.test', `a1~${'A'.repeat(43)}`], 2, 'usage.id-tag'],
    ['an unknown action', ['alice.test', `a1~${'A'.repeat(43)}`], 7, 'peer.refused'],
    ['an unknown name', ['lost.test', `a1~${'A'.repeat(43)}`], 5, 'dns.nxdomain'],
    ['an identity without a home', ['alice.test', `a1~${'A'.repeat(43)}`, '--as', 'bob.test'], 8, 'home.missing'],
  ])('fails on %s', async (_what, args, exit, code) => {
    const lab = await labWith('none', {});
    expect(await fetchAction(lab, ...args, '--json')).toMatchObject({ code: exit, json: { error: { code } } });
  });

  it('signs in when asked to', async () => {
    const token = await post({ v: 'F' });
    const id = idOf(token);
    const lab = await startLab();
    const peer = await servePeer(lab, alice, (request, response) => {
      if (request.url.startsWith('/api/auth/access-token?')) return answer(response, { token: 'opaque.access.token' });
      if (request.headers.authorization !== 'Bearer opaque.access.token') return refuse(response, 403, 'E-AUTH-NOPERM');
      answer(response, viewOf(id, { token, visibility: 'F' }));
    });
    const home = `${temporaryDirectory()}/home`;
    await initInstance({ home, clock: systemClock }, { idTag: 'bob.test' });
    expect(await fetchAction(lab, 'alice.test', id, '--json')).toMatchObject({
      code: 7,
      json: { error: { code: 'peer.refused', details: { status: 403 }, hint: expect.stringContaining('--as') } },
    });
    const run = await fetchAction(lab, 'alice.test', id, '--as', 'bob.test', '--home', home, '--json');
    expect(run).toMatchObject({ code: 0, json: { verified: true } });
    // The PROXY token is a secret for a minute: it stands in no output.
    const proxy = new URL(
      peer.requests.find(({ url }) => url.includes('access-token'))!.url,
      'https://x',
    ).searchParams.get('token')!;
    expect(run.stdout + run.stderr).not.toContain(proxy);
    expect(run.stdout + run.stderr).not.toContain('opaque.access.token');
    const wrong = await fetchAction(lab, 'alice.test', id, '--as', 'carol.test', '--home', home, '--json');
    expect(wrong.json.error.code).toBe('home.identity-missing');
  });
});
