import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { setPassword } from '../../../src/services/auth/password.ts';
import { image } from '../../support/images.ts';
import { type Instance, type Peer, startInstance } from '../../support/instance.ts';
import { PROJECT_ROOT } from '../../support/run-cli.ts';

interface Answer {
  content?: Record<string, { schema: object }>;
}

// biome-ignore lint/suspicious/noExplicitAny: its form is checked in openapi.test.ts
const document: any = JSON.parse(readFileSync(join(PROJECT_ROOT, 'schemas/openapi.json'), 'utf8'));
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema(document, 'api');
const PASSWORD = 'correct-horse-1';

let alice: Instance;
let bearer: string;
/** What was answered as the document says. */
const met = new Set<string>();

beforeAll(async () => {
  alice = await startInstance({
    openApi: async () => JSON.stringify(document),
    refreshProfile: async (idTag) => ({ idTag, name: 'Dave', type: 'person', keys: [], fetchedAt: 1 }),
  });
  bearer = await alice.bearer();
});
afterAll(() => alice.close());

interface Call {
  params?: Record<string, string>;
  query?: string;
  body?: unknown;
  headers?: Record<string, string>;
  status?: number;
}

/** Calls a route as the owner and compares the answer with the document. */
async function call(name: string, { params = {}, query = '', body, headers = {}, status = 200 }: Call = {}) {
  const [method = '', path = ''] = name.split(' ');
  const isText = typeof body === 'string';
  const answer = await alice.app.inject({
    method: method as 'GET',
    url: path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(params[key] ?? '')) + query,
    headers: {
      host: 'cl-o.alice.test',
      authorization: `Bearer ${bearer}`,
      ...(body !== undefined && { 'content-type': isText ? 'text/plain' : 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { payload: isText ? body : JSON.stringify(body) }),
  } as InjectOptions);
  expect({ name, status: answer.statusCode, body: answer.statusCode === status ? '' : answer.body }).toEqual({
    name,
    status,
    body: '',
  });
  compare(name, document.paths[path][method.toLowerCase()].responses[status], answer);
  return answer;
}

function compare(name: string, documented: Answer | undefined, answer: LightMyRequestResponse): void {
  const at = `${name} ${answer.statusCode}`;
  expect([at, documented !== undefined]).toEqual([at, true]);
  met.add(at);
  if (documented?.content === undefined) expect([at, answer.body]).toEqual([at, '']);
  const json = documented?.content?.['application/json'];
  if (!json) return;
  const validate = ajv.compile(JSON.parse(JSON.stringify(json.schema).replaceAll('"#/components', '"api#/components')));
  validate(answer.json());
  expect([at, validate.errors ?? []]).toEqual([at, []]);
}

const inbox = async (peer: Peer, claims: { t: string; [claim: string]: unknown }) => {
  const token = await peer.sign({ aud: 'alice.test', ...claims });
  await call('POST /api/inbox/sync', { body: { token }, status: 201 });
  return actionId(token);
};

it('what stands for itself', async () => {
  await call('GET /healthz');
  await call('GET /readyz');
  await call('GET /.well-known/cloudillo/id-tag', { headers: { host: 'alice.test' } });
  await call('GET /api/openapi.json');
});

it('profiles, actions and what is decided of them', async () => {
  const [bob, carol, dave] = [alice.peer('bob.test'), alice.peer('carol.test'), alice.peer('dave.test')];
  const { headers } = await call('GET /api/me');
  await call('GET /api/me', { headers: { 'if-none-match': String(headers['etag']) }, status: 304 });
  const full = await call('GET /api/me/full');
  await call('GET /api/me/full', { headers: { 'if-none-match': String(full.headers['etag']) }, status: 304 });
  await call('PATCH /api/me', { body: { name: 'Alice L.', x: { place: 'here' } } });
  await call('POST /api/inbox', { body: { token: await bob.sign({ t: 'FLLW', aud: 'alice.test' }) }, status: 202 });
  const post = { type: 'POST', subType: 'TEXT', content: 'hello', visibility: 'P' };
  const made = await call('POST /api/actions', { body: post, status: 201 });
  const one = { params: { actionId: made.json().data.actionId } };
  await call('GET /api/actions/{actionId}', one);
  await call('GET /api/action/{actionId}', one);
  await call('POST /api/actions/{actionId}/accept', { params: { actionId: await inbox(bob, { t: 'CONN' }) } });
  await call('POST /api/actions/{actionId}/reject', { params: { actionId: await inbox(carol, { t: 'CONN' }) } });
  await call('POST /api/actions', { body: { type: 'CONN', audienceTag: 'dave.test' }, status: 201 });
  await call('POST /api/actions/{actionId}/dismiss', { params: { actionId: await inbox(dave, { t: 'CONN' }) } });
  await call('GET /api/actions');
  await call('GET /api/actions', { query: '?limit=1&includeTokens=true' });
  await call('GET /api/actions', { query: '?count=true' });
  await call('GET /api/outbox');
  await call('DELETE /api/actions/{actionId}', one);
  await call('GET /api/profiles');
  await call('PATCH /api/profiles/{idTag}', { params: { idTag: 'bob.test' }, body: { status: 'M' } });
  await call('POST /api/profiles/{idTag}/refresh', { params: { idTag: 'dave.test' } });
  for (const idTag of ['bob.test', 'nobody.test']) await call('GET /api/profiles/{idTag}', { params: { idTag } });
});

async function picture(): Promise<void> {
  const headers = { host: 'cl-o.alice.test', authorization: `Bearer ${bearer}`, 'content-type': 'image/png' };
  const payload = await image(20, 20);
  const answer = await alice.app.inject({ method: 'PUT', url: '/api/me/image', headers, payload });
  compare('PUT /api/me/image', document.paths['/api/me/image'].put.responses[200], answer);
  const cover = await alice.app.inject({ method: 'PUT', url: '/api/me/cover', headers, payload });
  compare('PUT /api/me/cover', document.paths['/api/me/cover'].put.responses[200], cover);
  expect(answer.json().type).toBe('profile-pic');
  await call('GET /api/files', { query: '?parentId=__managed__' });
  await call('GET /api/files/{fileId}/metadata', { params: { fileId: answer.json().fileId } });
}

it('files', async () => {
  const name = { preset: 'file', fileName: 'x.txt' };
  const { fileId } = (
    await call('POST /api/files/{preset}/{fileName}', { params: name, body: 'a file', status: 201 })
  ).json().data;
  await call('GET /api/files');
  await picture();
  for (const folder of ['files', 'file']) {
    const one = { params: { fileId } };
    const { headers } = await call(`GET /api/${folder}/{fileId}`, one);
    const blob = { params: { blobId: String(headers['x-cloudillo-variant']) } };
    for (const [path, what] of [
      [`GET /api/${folder}/{fileId}`, one],
      [`GET /api/${folder}/variant/{blobId}`, blob],
    ] as const) {
      await call(path, what);
      await call(path, { ...what, headers: { range: 'bytes=0-1' }, status: 206 });
      await call(path, { ...what, headers: { 'if-none-match': String(headers['etag']) }, status: 304 });
    }
    await call(`GET /api/${folder}/{fileId}/descriptor`, one);
    await call(`GET /api/${folder}/{fileId}/metadata`, one);
  }
});

it('sessions and keys', async () => {
  await setPassword({ identities: alice.identities, clock: alice.inbox.clock }, { password: PASSWORD });
  const login = await call('POST /api/auth/login', { body: { idTag: 'alice.test', password: PASSWORD } });
  // A new password ended the sessions before it.
  bearer = login.json().data.token;
  await call('GET /api/auth/login-token');
  await call('GET /api/auth/access-token');
  await call('GET /api/auth/proxy-token');
  const made = await call('POST /api/auth/api-keys', { body: { name: 'backup' }, status: 201 });
  const { keyId, plaintextKey } = made.json().data;
  const one = { params: { keyId: String(keyId) } };
  await call('GET /api/auth/access-token', { query: `?apiKey=${plaintextKey}` });
  await call('GET /api/auth/api-keys');
  await call('GET /api/auth/api-keys/{keyId}', one);
  await call('PATCH /api/auth/api-keys/{keyId}', { ...one, body: { name: 'other' } });
  await call('DELETE /api/auth/api-keys/{keyId}', one);
  const change = { currentPassword: PASSWORD, newPassword: 'battery-staple-2' };
  await call('POST /api/auth/password', { body: change });
  await call('POST /api/auth/logout', { body: {} });
});

it('every answer of the document was given', () => {
  type Operations = Record<string, { responses: object }>;
  const documented = Object.entries<Operations>(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { responses }]) =>
      Object.keys(responses)
        .filter((status) => status !== 'default')
        .map((status) => `${method.toUpperCase()} ${path} ${status}`),
    ),
  );
  // The WebSocket's handshake is tested in test/server/bus.
  expect([...met, 'GET /ws/bus 101'].sort()).toEqual(documented.sort());
});
