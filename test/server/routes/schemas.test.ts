import type { TSchema } from '@sinclair/typebox';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { exchangeAnswerSchema } from '../../../src/server/schemas/access-token.ts';
import { actionAnswerSchema, actionListSchema, outboxAnswerSchema } from '../../../src/server/schemas/actions.ts';
import { apiKeyAnswerSchema, apiKeyListSchema, newApiKeyAnswerSchema } from '../../../src/server/schemas/api-keys.ts';
import {
  loginAnswerSchema,
  loginTokenAnswerSchema,
  nothingAnswerSchema,
  passwordAnswerSchema,
  proxyTokenAnswerSchema,
} from '../../../src/server/schemas/auth.ts';
import { envelopeOf, errorSchema } from '../../../src/server/schemas/envelope.ts';
import {
  descriptorAnswerSchema,
  fileListAnswerSchema,
  metadataAnswerSchema,
} from '../../../src/server/schemas/files.ts';
import { inboxAnswerSchema } from '../../../src/server/schemas/inbox.ts';
import { knownProfileSchema, profileEnvelopeSchema } from '../../../src/server/schemas/profile.ts';
import { setPassword } from '../../../src/services/auth/password.ts';
import { addFile } from '../../../src/services/files/add-file.ts';
import { clockOf } from '../../support/clock.ts';
import { type Instance, startInstance } from '../../support/instance.ts';

let alice: Instance;
let post: string;
let file: string;
let owner: { bearer: string };

beforeAll(async () => {
  alice = await startInstance();
  owner = { bearer: await alice.bearer() };
  const source = Buffer.from('x');
  const deps = { store: alice.store, clock: clockOf(() => alice.clock.now) };
  file = (await addFile(deps, { tenant: 'alice.test', fileName: 'x', contentType: 'text/plain', source })).fileId;
  const bob = alice.peer('bob.test');
  await alice.send(await bob.sign({ t: 'FLLW', aud: 'alice.test', exp: alice.clock.now / 1000 + 99 }));
  const token = await alice.owner('alice.test').sign({ t: 'POST:IMG', c: 'hi', a: [file], v: 'P', f: 'Rc' });
  post = actionId(token);
  const event = { tenant: 'alice.test', actionId: post, token, receivedAt: alice.clock.now } as const;
  await alice.store.append([{ kind: 'action', direction: 'out', status: 'A', visibility: 'P', ...event }]);
  await alice.send(await bob.sign({ t: 'REACT:LIKE', sub: post, aud: 'alice.test' }));
});
afterAll(() => alice.close());

function expectShape(schema: TSchema, json: unknown): void {
  expect([...Value.Errors(schema, json)].map(({ path, message, value }) => ({ path, message, value }))).toEqual([]);
}

it('every answer has the shape that its schema says', async () => {
  const get = async (path: string) => (await alice.get(path, owner)).json();
  expectShape(profileEnvelopeSchema, await get('/api/me'));
  expectShape(actionListSchema, await get('/api/actions?includeTokens=true'));
  expectShape(actionListSchema, await get('/api/actions?count=true'));
  expectShape(actionAnswerSchema, await get(`/api/actions/${post}`));
  expectShape(outboxAnswerSchema, await get('/api/outbox'));
  expectShape(envelopeOf(Type.Array(knownProfileSchema)), await get('/api/profiles'));
  expectShape(envelopeOf(knownProfileSchema), await get('/api/profiles/bob.test'));
  expectShape(descriptorAnswerSchema, await get(`/api/files/${file}/descriptor`));
  expectShape(metadataAnswerSchema, await get(`/api/files/${file}/metadata`));
  expectShape(fileListAnswerSchema, await get('/api/files'));
  const bob = alice.peer('carol.test');
  const proxy = await bob.sign({ t: 'PROXY', aud: 'alice.test', exp: alice.clock.now / 1000 + 60 });
  expectShape(exchangeAnswerSchema, await get(`/api/auth/access-token?token=${proxy}`));
  expectShape(exchangeAnswerSchema, await get('/api/auth/access-token'));
  expectShape(loginTokenAnswerSchema, await get('/api/auth/login-token'));
  expectShape(loginTokenAnswerSchema, (await alice.get('/api/auth/login-token')).json());
  expectShape(proxyTokenAnswerSchema, await get('/api/auth/proxy-token'));
  const made = (await alice.post('/api/auth/api-keys', { name: 'x' }, owner)).json();
  expectShape(newApiKeyAnswerSchema, made);
  expectShape(exchangeAnswerSchema, await get(`/api/auth/access-token?apiKey=${made.data.plaintextKey}`));
  expectShape(apiKeyListSchema, await get('/api/auth/api-keys'));
  expectShape(apiKeyAnswerSchema, await get('/api/auth/api-keys/1'));
  expectShape(nothingAnswerSchema, (await alice.post('/api/auth/logout', {}, { bearer: await alice.bearer() })).json());
  const { identities, clock } = alice;
  await setPassword({ identities, clock: clockOf(() => clock.now) }, { as: 'alice.test', password: 'correct-horse-1' });
  const login = (await alice.post('/api/auth/login', { idTag: 'alice.test', password: 'correct-horse-1' })).json();
  expectShape(loginAnswerSchema, login);
  owner = { bearer: login.data.token };
  const passwords = { currentPassword: 'correct-horse-1', newPassword: 'battery-staple-2' };
  expectShape(passwordAnswerSchema, (await alice.post('/api/auth/password', passwords, owner)).json());
  const fllw = await bob.sign({ t: 'FLLW', aud: 'alice.test' });
  expectShape(inboxAnswerSchema, (await alice.post('/api/inbox', { token: fllw })).json());
});

it('and every refusal that of an error', async () => {
  const refusals = await Promise.all([
    alice.get('/api/nothing'),
    alice.get('/api/me', { host: 'nobody' }),
    alice.get('/api/inbox'),
    alice.get('/api/actions?limit=x'),
    alice.get('/api/outbox'),
    alice.get('/api/actions', { bearer: 'x' }),
    alice.post('/api/inbox', '{'),
    alice.post('/api/inbox', { token: 'x' }),
    alice.post('/api/inbox', 'x', { headers: { 'content-type': 'text/plain' } }),
  ]);
  for (const answer of refusals) expectShape(errorSchema, answer.json());
});
