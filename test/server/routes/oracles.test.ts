/** Whoever may not read a thing must not learn whether it is here: IDs of files can be computed, names of identities are known. */
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDescriptor, type Variant } from '../../../src/protocol/descriptor.ts';
import { addFile } from '../../../src/services/files/add-file.ts';
import { clockOf } from '../../support/clock.ts';
import { type Instance, startInstance } from '../../support/instance.ts';

const TENANT = 'alice.test';
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type Method = (typeof METHODS)[number];

let alice: Instance;
let logged: string[] = [];
/** A thing that is here, and one that isn't, of each kind. */
let pairs: Record<'file' | 'blob' | 'action' | 'peer', readonly [here: string, absent: string]>;
let callers: Record<string, Record<string, string>>;

beforeAll(async () => {
  alice = await startInstance({
    log: (...line) => void logged.push(JSON.stringify(line)),
  });
  const deps = { store: alice.store, clock: clockOf(() => alice.clock.now) };
  const secret = { tenant: TENANT, fileName: 's', contentType: 'text/plain', source: Buffer.from('guessed') };
  const { fileId } = await addFile(deps, secret);
  const { blobId } = parseDescriptor(alice.store.file(TENANT, fileId)?.descriptor ?? '').variants[0] as Variant;
  const relation = { following: true, follower: false, connected: false, at: alice.clock.now };
  await alice.store.append([{ kind: 'relation', tenant: TENANT, peer: 'bob.test', ...relation }]);
  const created = await alice.post(
    '/api/actions',
    { type: 'POST', content: 'secret', visibility: 'S' },
    {
      bearer: await alice.bearer(),
    },
  );
  pairs = {
    file: [fileId, `f1~${'C'.repeat(43)}`],
    blob: [blobId, `b1~${'C'.repeat(43)}`],
    action: [created.json().data.actionId, `a1~${'C'.repeat(43)}`],
    peer: ['bob.test', 'eve.test'],
  };
  const mallory = (grant = {}) => alice.bearer({ subject: 'mallory.test', owner: false, ...grant });
  const auth = async (token: Promise<string>) => ({ authorization: `Bearer ${await token}` });
  callers = {
    'a guest': {},
    'a peer': await auth(mallory()),
    'a peer whose token has expired': await auth(mallory({ ttl: -1 })),
    'a bad token': { authorization: 'Bearer nonsense' },
    'no bearer': { authorization: 'Basic YTpi' },
    'a token for that very file': await auth(mallory({ scope: `file:${fileId}:R` })),
    'a token of the owner for another file': await auth(alice.bearer({ scope: `file:f1~${'D'.repeat(43)}:R` })),
  };
});
afterAll(() => alice.close());

const PATHS: readonly (readonly [kind: 'file' | 'blob' | 'peer', path: string])[] = [
  ...['files', 'file'].flatMap((base) => [
    ...['', '?variant=orig', '?variant=vis.tn', '?token=x', '/descriptor', '/metadata', '/variants', '/tags'].map(
      (tail) => ['file', `/api/${base}/ID${tail}`] as const,
    ),
    ['blob', `/api/${base}/variant/ID`] as const,
    ['blob', `/api/${base}/ID`] as const,
  ]),
  ['file', '/api/files?fileId=ID'],
  ['file', '/api/auth/access-token?refId=ID'],
  ['file', '/api/actions?subject=ID'],
  ['file', '/api/actions?involved=ID'],
  ['file', '/api/outbox?since=0'],
  ...['', '/refresh', '/connect'].map((tail) => ['peer', `/api/profiles/ID${tail}`] as const),
  ['peer', '/api/profiles?idTag=ID'],
  ['peer', '/api/profiles?q=ID'],
  ['peer', '/api/actions?issuer=ID'],
  ['peer', '/api/actions?involved=ID'],
];
const HEADERS: readonly Record<string, string>[] = [
  {},
  { 'if-none-match': '*' },
  { 'if-modified-since': 'Sun, 29 Nov 2026 00:00:00 GMT' },
  { range: 'bytes=0-1' },
  { origin: 'https://app.test', 'access-control-request-method': 'GET' },
];

async function ask(method: Method, url: string, headers: Record<string, string>): Promise<LightMyRequestResponse> {
  return alice.app.inject({ method, url, headers: { host: `cl-o.${TENANT}`, ...headers } });
}

/** All that a stranger, or whoever reads the log over its shoulder, sees; the ID itself is its own. */
async function seen(method: Method, url: string, headers: Record<string, string>, id: string): Promise<string> {
  logged = [];
  const answer = await ask(method, url.replace('ID', id), headers);
  const { 'x-request-id': requestId, date, ...rest } = answer.headers;
  const text = JSON.stringify([answer.statusCode, answer.statusMessage, rest, answer.body, logged]);
  return text
    .replaceAll(id, 'ID')
    .replaceAll(String(requestId), 'REQUEST')
    .replaceAll(/"?(requestId|reqId|durationMs|responseTime|ms)\\*"?:[^,}]*/g, '$1');
}

describe.each(METHODS)('%s', (method) => {
  it.each(PATHS)('of a %s says the same of one that is here: %s', async (kind, path) => {
    const [here, absent] = pairs[kind];
    for (const [who, token] of Object.entries(callers)) {
      for (const headers of HEADERS) {
        const asked = { ...token, ...headers };
        const first = await seen(method, path, asked, here);
        expect(first, `${who} with ${JSON.stringify(headers)}`).toBe(await seen(method, path, asked, absent));
      }
    }
  });
});

it.each(['accept', 'reject', 'dismiss', 'stat', ''])('a stranger learns nothing of an action: %s', async (tail) => {
  const [here, absent] = pairs.action;
  const url = `/api/actions/ID${tail && `/${tail}`}`;
  for (const token of Object.values(callers)) {
    for (const method of ['POST', 'DELETE', 'PATCH'] as const) {
      expect(await seen(method, url, token, here)).toBe(await seen(method, url, token, absent));
    }
  }
});
