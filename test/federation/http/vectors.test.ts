import { describe, expect, it } from 'vitest';
import { createKeyResolver } from '../../../src/federation/keys/key-resolver.ts';
import { actionId } from '../../../src/protocol/content-id.ts';
import { exportPublicKey } from '../../../src/protocol/keys.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { failureOf } from '../../support/failure.ts';
import { answer, startLab } from '../../support/lab.ts';
import { EXCHANGES, recorded, replay } from '../fixtures/replay.ts';

/** A lab in which alice.test answers as the network's server did in these recordings. */
async function labReplaying(names: string[], bodies?: Record<string, Buffer>) {
  const lab = await startLab();
  return { ...lab, alice: await lab.peer('alice.test', replay(names, bodies)) };
}

const idIn = (name: string) => new URL(recorded(name).request.url).pathname.split('/')[3] ?? '';
const tokenIn = (name: string) => (recorded(name).request.body as { token: string }).token;
const tokensOf = (name: string) =>
  (recorded(name).response.json as { data: { items: { token: string }[] } }).data.items.map(({ token }) => token);

describe("the network's profile", () => {
  it('is read, with its ETag, and found unchanged by it', async () => {
    const { api } = await labReplaying(['me', 'me.not-modified']);
    const fetched = await api.fetchProfile('alice.test');
    expect(fetched).toMatchObject({ profile: { idTag: 'alice.test', name: 'Alice' }, etag: '"Yt-FZiRZC-U"' });
    expect(await api.fetchProfile('alice.test', { etag: String(fetched.etag) })).toMatchObject({ notModified: true });
  });

  it('gives a key', async () => {
    const { api } = await labReplaying(['me']);
    const { key } = await createKeyResolver({ api, clock: systemClock }).resolve('alice.test', '261122');
    const published = (recorded('me').response.json as { data: { keys: { publicKey: string }[] } }).data.keys[0];
    expect(key && exportPublicKey(key.publicKey, 'wire')).toBe(published?.publicKey);
  });
});

describe("the network's action", () => {
  const ID = idIn('action.public.guest');

  it('comes without a token: not verified', async () => {
    const { api } = await labReplaying(['action.public.guest']);
    const fetched = await api.fetchAction('alice.test', ID);
    expect(fetched).toMatchObject({ token: null, verifiedId: false, view: { actionId: ID, content: 'Hello, public' } });
  });

  it('is verified when its list tells the token', async () => {
    const token = tokensOf('outbox.carol').find((candidate) => actionId(candidate) === ID);
    const lab = await startLab();
    const views = replay(['action.public.guest']);
    await lab.peer('alice.test', (request, response) => {
      if (!request.url.startsWith('/api/actions?')) return views(request, response);
      const view = (recorded('action.public.guest').response.json as { data: object }).data;
      answer(response, [{ ...view, token }]);
    });
    expect(await lab.api.fetchAction('alice.test', ID)).toMatchObject({ token, verifiedId: true });
  });

  it('is read by a temporary ID', async () => {
    const { api } = await labReplaying(['action.public.by-temporary-id']);
    const fetched = await api.fetchAction('alice.test', '@14', { bearer: 'owner-bearer' });
    expect(fetched).toMatchObject({ verifiedId: false, view: { actionId: ID } });
  });

  it.each([
    ['action.followers.guest', 403, 'E-AUTH-NOPERM'],
    ['actions.unknown', 404, 'E-CORE-NOTFOUND'],
  ])('%s is refused with %i', async (name, status, peerCode) => {
    const { api } = await labReplaying([name]);
    expect(await failureOf(api.fetchAction('alice.test', idIn(name)))).toMatchObject({
      code: 'peer.refused',
      details: { status, peerCode },
    });
  });
});

describe("the network's inbox", () => {
  it('accepts with 201 and null before it has verified anything', async () => {
    const { api } = await labReplaying(['inbox.async', 'inbox.async.bad-token']);
    expect(await api.postInbox('alice.test', tokenIn('inbox.async'))).toMatchObject({ status: 201, data: null });
    expect(await api.postInbox('alice.test', 'not.a.token')).toMatchObject({ status: 201, data: null });
  });

  it('accepts with 201 and an object at the other door', async () => {
    const { api } = await labReplaying(['inbox.fllw']);
    const accepted = await api.postInbox('alice.test', tokenIn('inbox.fllw'), { sync: true });
    expect(accepted).toMatchObject({ status: 201, data: {} });
  });

  const refusals = EXCHANGES.filter(
    ({ name, request, response }) =>
      name.startsWith('inbox.') &&
      request.url.endsWith('/sync') &&
      response.json !== undefined &&
      response.status >= 400,
  ).filter(({ request }) => typeof (request.body as { token?: unknown }).token === 'string');

  it('has refusals to replay', () => expect(refusals.length).toBeGreaterThan(15));

  it.each(refusals.map(({ name }) => name))('refuses %s as recorded', async (name) => {
    const { api } = await labReplaying([name]);
    const { status, json } = recorded(name).response;
    const { code, message } = (json as { error: { code: string; message: string } }).error;
    expect(await failureOf(api.postInbox('alice.test', tokenIn(name), { sync: true }))).toMatchObject({
      code: status >= 500 ? 'peer.error' : 'peer.refused',
      retryable: status >= 500 || status === 429 || status === 408,
      details: { status, peerCode: code, peerMessage: message },
    });
  });

  it.each(['inbox.malformed-json', 'inbox.no-token', 'inbox.wrong-type'])('%s is plain text, kept', async (name) => {
    const { requester } = await labReplaying([name]);
    const { request, response } = recorded(name);
    const body = typeof request.body === 'string' ? Buffer.from(request.body) : request.body;
    const error = await failureOf(requester.post(request.url, body));
    expect(error).toMatchObject({ code: 'peer.refused', details: { status: response.status, body: response.text } });
  });
});

describe("the network's files", () => {
  const PNG = Buffer.from(String(recorded('file.upload.png').request.bodyBase64), 'base64');

  it('raw: descriptor by ID, bytes by descriptor', async () => {
    const { api } = await labReplaying(['file.raw.descriptor', 'file.raw.get']);
    const file = await api.fetchFile('alice.test', idIn('file.raw.get'), { bearer: 'owner-bearer' });
    expect(file).toMatchObject({
      verified: 'descriptor',
      variant: { name: 'orig' },
      contentType: 'application/octet-stream',
    });
    expect(file.bytes.toString()).toBe('Hello, file\n');
  });

  it('image: the original among the variants', async () => {
    const { api } = await labReplaying(['file.img.descriptor', 'file.img.get'], { 'file.img.get': PNG });
    const file = await api.fetchFile('alice.test', idIn('file.img.get'));
    expect(file).toMatchObject({
      verified: 'descriptor',
      variant: { format: 'png', width: 1 },
      contentType: 'image/png',
    });
  });

  it('image: by the descriptor in its header alone', async () => {
    const { api } = await labReplaying(['file.img.get'], { 'file.img.get': PNG });
    expect(await api.fetchFile('alice.test', idIn('file.img.get'))).toMatchObject({ verified: 'descriptor' });
  });

  it('image: one changed byte is refused', async () => {
    const changed = Buffer.from(PNG);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    const { api } = await labReplaying(['file.img.descriptor', 'file.img.get'], { 'file.img.get': changed });
    expect((await failureOf(api.fetchFile('alice.test', idIn('file.img.get')))).code).toBe('peer.mismatch');
  });

  it('metadata, and the refusal of a guest', async () => {
    const { api } = await labReplaying(['file.raw.metadata']);
    expect(await api.fetchMetadata('alice.test', idIn('file.raw.metadata'))).toMatchObject({ fileName: 'hello.txt' });
    const guest = await labReplaying(['file.raw.guest']);
    expect(await failureOf(guest.api.fetchFile('alice.test', idIn('file.raw.guest')))).toMatchObject({
      details: { status: 403, peerCode: 'E-AUTH-NOPERM' },
    });
  });
});

describe("the network's token exchange and outbox", () => {
  const proxyIn = (name: string) => String(new URL(recorded(name).request.url).searchParams.get('token'));

  it('gives an access token', async () => {
    const { api } = await labReplaying(['access-token']);
    expect(await api.getAccessToken('alice.test', proxyIn('access-token'))).toMatch(/^eyJ/);
  });

  it.each([
    ['access-token.wrong-aud', 'peer.refused'],
    ['access-token.expired', 'peer.refused'],
    ['access-token.garbage', 'peer.error'],
  ])('%s is %s', async (name, code) => {
    const { api } = await labReplaying([name]);
    const error = await failureOf(api.getAccessToken('alice.test', proxyIn(name)));
    expect(error.code).toBe(code);
    expect(JSON.stringify(error)).not.toContain(proxyIn(name));
  });

  it('lists signed actions to a known peer, not to a guest', async () => {
    const { api } = await labReplaying(['outbox.carol']);
    const items = await api.fetchOutbox('alice.test', { bearer: 'carol-bearer' });
    expect(items.map(({ token }) => token)).toEqual(tokensOf('outbox.carol'));
    const guest = await labReplaying(['outbox.guest']);
    expect(await failureOf(guest.api.fetchOutbox('alice.test'))).toMatchObject({ details: { status: 403 } });
  });

  it('bad-limit is plain text', async () => {
    const { requester } = await labReplaying(['actions.bad-limit']);
    const { url } = recorded('actions.bad-limit').request;
    expect(await failureOf(requester.get(url))).toMatchObject({
      code: 'peer.refused',
      details: { status: 400, body: recorded('actions.bad-limit').response.text },
    });
  });
});
