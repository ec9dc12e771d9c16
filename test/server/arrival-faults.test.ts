/** Each way in which an arrival fails, planted by a peer: what `explain` says of it on either side. */

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CHECK_IDS } from '../../src/protocol/check.ts';
import type { ErrorCode } from '../../src/protocol/error-table.ts';
import { type RefusalCheck, SERVER_CHECKS } from '../../src/protocol/refusal.ts';
import { decodeToken } from '../../src/protocol/token.ts';
import { setTreatment } from '../../src/services/peers/treatment.ts';
import type { ArrivalOutcome } from '../../src/store/model/arrival-note.ts';
import type { Delivery } from '../../src/store/model/rows.ts';
import type { SettingsInput } from '../../src/store/settings/settings.ts';
import { forged, unlucky } from '../support/altered-tokens.ts';
import { fileSystem } from '../support/file-system.ts';
import { makeIdentity, now } from '../support/lab-identity.ts';
import { schemaProblems } from '../support/schemas.ts';
import { explained, postRaw, startTwoSides, type TwoSides } from '../support/two-sides.ts';

const FOLLOW = { t: 'FLLW', aud: 'alice.test' } as const;
const NOWHERE = `a1~${'x'.repeat(43)}`;
const mallory = makeIdentity('bob.test');
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

interface Fault {
  /** Default: refused. */
  outcome?: ArrivalOutcome;
  /** The code and the check that failed. */
  refused: [code: ErrorCode, check: RefusalCheck | null];
  /** The receiver's next step. */
  next: RegExp;
  /** What the sender's `explain` says of the peer's answer. */
  told: RegExp;
  settings?: SettingsInput;
  plant: (sides: TwoSides) => Promise<Delivery>;
}

const related = { tenant: 'alice.test', peer: 'bob.test', follower: false, connected: false, at: 1 } as const;
const follow = ({ alice }: TwoSides) => alice.store.append([{ kind: 'relation', ...related, following: true }]);

const BLOCK = { as: 'alice.test', blocked: true } as const;
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ format: 'der', type: 'spki' })
  .toString('base64');

/** The token with another header or other claims, which the signature isn't about. */
function remade(token: string, header: object | null, claims: object = {}): string {
  const [head = '', body = '', signature = ''] = token.split('.');
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');
  const all = { ...JSON.parse(Buffer.from(body, 'base64url').toString()), ...claims };
  return [header ? part(header) : head, part(all), signature].join('.');
}

/** An action of alice's own that is stored at hers. */
async function stored({ alice }: TwoSides, claims: { t: string; [claim: string]: unknown }, visibility = 'P') {
  const token = await alice.signer.sign('alice.test', { v: visibility, ...claims } as never);
  const { actionId } = decodeToken(token);
  const own = { tenant: 'alice.test', actionId, token, direction: 'out', receivedAt: Date.now(), status: 'A' } as const;
  await alice.store.append([{ kind: 'action', ...own, visibility: visibility as 'P' }]);
  return actionId;
}

const ownPost = (sides: TwoSides, more = {}, visibility = 'P') =>
  stored(sides, { t: 'POST', c: 'Hello', ...more }, visibility);

/** Sends a FLLW past a proxy that changes bodies. */
async function throughProxy({ lab, port, send }: TwoSides, change: (body: string) => string): Promise<Delivery> {
  await lab.peer('alice.test', async ({ body }, response) => {
    const { status, text, requestId } = await postRaw(port, change(body));
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': requestId }).end(text);
  });
  return send(FOLLOW);
}

const changeToken = (change: (token: string) => string) => (body: string) =>
  JSON.stringify({ token: change((JSON.parse(body) as { token: string }).token) });

/** Each sends one arrival that is refused: how it is planted, and what either side says. */
const FAULTS: Record<string, Fault> = {
  'a malformed token': {
    refused: ['token.malformed', 'format'],
    next: /three parts of base64url/,
    told: /has 2 parts/,
    plant: (sides) =>
      throughProxy(
        sides,
        changeToken((token) => token.slice(0, token.lastIndexOf('.'))),
      ),
  },
  'a body that a proxy cut off': {
    refused: ['request.invalid', null],
    next: /A proxy that changes bodies/,
    told: /The body is no JSON; 100 bytes/,
    plant: (sides) => throughProxy(sides, (body) => body.slice(0, 100)),
  },
  'a body that is too large': {
    refused: ['request.too-large', null],
    next: /client corrects the request/,
    told: /larger than 1572864 bytes.*say less at once/s,
    plant: (sides) => throughProxy(sides, (body) => body + ' '.repeat(2 ** 21)),
  },
  'another algorithm': {
    refused: ['token.algorithm', 'algorithm'],
    next: /signs with ES384/,
    told: /alg "ES256"/,
    plant: async ({ send, identity }) => send(remade(await identity.sign(FOLLOW), { alg: 'ES256', typ: 'JWT' })),
  },
  'claims of another shape': {
    refused: ['token.claims', 'claims'],
    next: /corrects and signs/,
    told: /claim exp/,
    plant: async (sides) =>
      throughProxy(
        sides,
        changeToken((token) => remade(token, null, { exp: 'soon' })),
      ),
  },
  'an issuer in upper case': {
    refused: ['token.issuer', 'issuer'],
    next: /canonical idTag/,
    told: /"Bob\.Test" is not/,
    plant: async (sides) =>
      throughProxy(
        sides,
        changeToken((token) => remade(token, null, { iss: 'Bob.Test' })),
      ),
  },
  'an audience in upper case': {
    refused: ['token.audience', 'audience'],
    next: /canonical idTag/,
    told: /"Alice\.Test" is not/,
    plant: async (sides) =>
      throughProxy(
        sides,
        changeToken((token) => remade(token, null, { aud: 'Alice.Test' })),
      ),
  },
  'a wrong audience': {
    refused: ['token.recipient', 'recipient'],
    next: /identity that "aud" names/,
    told: /addressed to carol\.test, not to alice\.test/,
    plant: ({ send }) => send({ t: 'FLLW', aud: 'carol.test' }),
  },
  'a bad signature': {
    refused: ['token.signature', 'signature'],
    next: /with the key that it publishes/,
    told: /signature is not one of key "260131".*cloudillo doctor\./s,
    plant: async ({ send }) => send(await mallory.sign(FOLLOW)),
  },
  'a letter that a proxy changed': {
    refused: ['token.signature', 'signature'],
    next: /A proxy that rewrites bodies/,
    told: /signature is not one of key/,
    plant: (sides) => throughProxy(sides, changeToken(forged)),
  },
  'an unknown type': {
    refused: ['token.type', 'type'],
    next: /a type that inboxes take/,
    told: /not supported: SHOUT/,
    plant: ({ send }) => send({ t: 'SHOUT', aud: 'alice.test' }),
  },
  'a missing field': {
    refused: ['token.fields', 'fields'],
    next: /fields that the type takes/,
    told: /'subject' is required/,
    plant: ({ send }) => send({ t: 'REACT:LIKE' }),
  },
  'content of another kind': {
    refused: ['token.content', 'content'],
    next: /content that the type takes/,
    told: /expected string/,
    plant: ({ send }) => send({ t: 'POST', c: { no: 'text' } }),
  },
  'an expired token': {
    refused: ['token.expired', 'expiry'],
    next: /signs the action anew/,
    told: /expired .* ago/,
    plant: ({ send }) => send({ ...FOLLOW, iat: now() - 7200, exp: now() - 3600 }),
  },
  'a token of the future': {
    refused: ['token.future', 'issued-at'],
    next: /at most five minutes ahead/,
    told: /issued .*in 10 min/,
    plant: ({ send }) => send({ ...FOLLOW, iat: now() + 630 }),
  },
  'a rotated key that is not published': {
    refused: ['token.key-unknown', 'key'],
    next: /cloudillo fetch-profile bob\.test/,
    told: /no key "991231".*whether the network sees the key.*cloudillo doctor\./s,
    plant: async ({ send }) => send(await makeIdentity('bob.test', '991231').sign(FOLLOW)),
  },
  'an expired key': {
    refused: ['token.key-expired', 'key-expiry'],
    next: /keygen --rotate/,
    told: /after key "260131" expired/,
    plant: ({ send, identity }) => {
      Object.assign(identity.profile.keys[0] as object, { expiresAt: inDays(-1) });
      return send(FOLLOW);
    },
  },
  'a key of another curve': {
    refused: ['key.curve', 'key'],
    next: /bob\.test publishes a P-384 key/,
    told: /another kind \(prime256v1\)/,
    plant: ({ send, identity }) => {
      identity.profile.keys[0] = { keyId: identity.keyId, publicKey: p256 };
      return send(FOLLOW);
    },
  },
  'a published key that is none': {
    refused: ['key.malformed', 'key'],
    next: /bob\.test publishes a P-384 key/,
    told: /does not hold a public key/,
    plant: ({ send, identity }) => {
      identity.profile.keys[0] = { keyId: identity.keyId, publicKey: 'AAAA' };
      return send(FOLLOW);
    },
  },
  'a key that was replaced under its ID twice': {
    refused: ['peer.key-unsettled', null],
    next: /a minute at most/,
    told: /peer\.key-unsettled.*tried again by itself/s,
    plant: async ({ send, identity }) => {
      await send(FOLLOW);
      for (const c of ['1', '2']) {
        const next = makeIdentity('bob.test');
        identity.profile.keys = next.profile.keys;
        const delivery = await send(await next.sign({ t: 'CONN', aud: 'alice.test', c }));
        if (c === '2') return delivery;
      }
      throw new Error('nothing was sent');
    },
  },
  'a key that can not be fetched now': {
    refused: ['network.refused', 'key'],
    next: /cloudillo doctor bob\.test.*cloudillo peer retry bob\.test/,
    told: /could not be asked \(network\.refused\).*whether the network sees the key/s,
    plant: ({ lab, send }) => {
      lab.know('bob.test', 1);
      return send(FOLLOW);
    },
  },
  'a key that can not be fetched now, of a token that is parked': {
    outcome: 'parked',
    refused: ['network.refused', 'key'],
    next: /^Nothing: it is tried again.*cloudillo doctor bob\.test/,
    told: /delivered.*request \S+ at alice\.test.*accepted, parked there until .*cloudillo doctor/,
    plant: ({ lab, send }) => {
      lab.know('bob.test', 1);
      return send(FOLLOW, { sync: false });
    },
  },
  'an issuer without a record': {
    refused: ['dns.nxdomain', 'key'],
    next: /cloudillo doctor nobody\.test/,
    told: /could not be asked \(dns\.nxdomain\)/,
    plant: async ({ send }) => send(await makeIdentity('nobody.test').sign(FOLLOW)),
  },
  'an issuer that is not followed': {
    refused: ['permission.denied', 'relation'],
    next: /cloudillo follow bob\.test --as alice\.test/,
    told: /taken only from identities that alice\.test follows/,
    plant: ({ send }) => send({ t: 'POST', c: 'x' }),
  },
  'an issuer that is blocked': {
    refused: ['permission.denied', 'block'],
    next: /cloudillo unblock bob\.test --as alice\.test/,
    told: /takes nothing from bob\.test/,
    plant: async ({ alice, send }) => {
      await setTreatment(alice, { ...BLOCK, peer: 'bob.test' });
      return send(FOLLOW);
    },
  },
  'an issuer whose domain is blocked': {
    refused: ['permission.denied', 'block'],
    next: /cloudillo unblock '\*\.bob\.test' --as alice\.test/,
    told: /takes nothing from bob\.test/,
    plant: async ({ alice, send }) => {
      await setTreatment(alice, { ...BLOCK, peer: '*.bob.test' });
      return send(FOLLOW);
    },
  },
  'an address that is banned': {
    outcome: 'rate-limited',
    refused: ['rate.banned', 'ban'],
    next: /cloudillo bans list/,
    told: /E-RATE-BANNED.*has banned the address of this machine/s,
    plant: async ({ alice, send }) => {
      for (const c of ['1', '2', '3']) {
        await send(await mallory.sign({ ...FOLLOW, c }));
        // So that the key is fetched again, and the signature is known to be bad.
        alice.pass(61_000);
      }
      return send(FOLLOW);
    },
  },
  'proof of work that is demanded': {
    refused: ['token.proof-of-work', 'proof-of-work'],
    next: /tries nonces/,
    told: /must end with 'A'.*cloudillo connect alice\.test --as bob\.test/s,
    plant: async ({ send, identity }) => {
      await send({ t: 'CONN', aud: 'carol.test', c: 'x' });
      return send(await unlucky(() => identity.sign({ t: 'CONN', aud: 'alice.test', c: randomUUID() })));
    },
  },
  'an address beyond its rate limit': {
    outcome: 'rate-limited',
    refused: ['rate.limited', 'rate-limit'],
    next: /Wait as long as the answer says/,
    told: /Too many requests.*tried again by itself/s,
    plant: async ({ port, send }) => {
      for (let n = 0; n < 101; n += 1) await postRaw(port, '{}');
      return send(FOLLOW);
    },
  },
  'a stranger beyond its quota': {
    outcome: 'rate-limited',
    refused: ['rate.quota', 'quota'],
    next: /Following or connecting lifts it/,
    told: /as much here as a stranger may/,
    settings: { 'limits.issuerActions': 1 },
    plant: async ({ send }) => {
      await send(FOLLOW);
      return send({ t: 'CONN', aud: 'alice.test', c: 'x' });
    },
  },
  'a disk that is nearly full': {
    refused: ['store.low', 'quota'],
    next: /limits\.minFree/,
    told: /temporarily unavailable.*tried again by itself.*alice\.test knows why/s,
    plant: ({ alice, send }) => {
      alice.disk.rooms = async () => [fileSystem({ free: 1 })];
      return send(FOLLOW);
    },
  },
  'a server that is busy': {
    outcome: 'rate-limited',
    refused: ['rate.busy', 'capacity'],
    next: /inbox\.concurrency/,
    told: /temporarily unavailable.*tried again by itself/s,
    settings: { 'inbox.concurrency': 1, 'inbox.queue': 0 },
    plant: ({ inbox, send }) => {
      void inbox.verification.run(() => new Promise(() => {}));
      return send(FOLLOW);
    },
  },
  'a reaction that the subject disables': {
    refused: ['token.flags', 'flags'],
    next: /allows such answers, or nobody can answer/,
    told: /disabled on the subject/,
    plant: async (sides) => sides.send({ t: 'REACT:LIKE', sub: await ownPost(sides, { f: 'rc' }) }),
  },
  'a parent that is unknown': {
    refused: ['permission.denied', 'relation'],
    next: /cloudillo follow bob\.test/,
    told: /taken only from identities that alice\.test follows/,
    plant: ({ send }) => send({ t: 'REPOST', aud: 'bob.test', sub: NOWHERE }),
  },
  'an acceptance that nobody asked for': {
    refused: ['permission.denied', 'request'],
    next: /cloudillo connect bob\.test --as alice\.test/,
    told: /has not asked bob\.test/,
    plant: ({ send }) => send({ t: 'CONN:ACC', aud: 'alice.test' }),
  },
  'a deletion of what another issued': {
    refused: ['permission.denied', 'ownership'],
    next: /bob\.test didn't issue that one/,
    told: /may delete it/,
    plant: async (sides) => {
      await follow(sides);
      return sides.send({ t: 'POST:DEL', sub: await ownPost(sides), c: 'x' });
    },
  },
  'an approval of what is not on its wall': {
    refused: ['permission.denied', 'approval'],
    next: /from whom it may come/,
    told: /on its own wall/,
    plant: async (sides) => {
      await follow(sides);
      return sides.send({ t: 'APRV', sub: await ownPost(sides), aud: 'alice.test' });
    },
  },
  'a repost of what is not public': {
    refused: ['permission.denied', 'visibility'],
    next: /everybody may read/,
    told: /Only a public action/,
    plant: async (sides) => {
      await follow(sides);
      return sides.send({ t: 'REPOST', aud: 'bob.test', sub: await ownPost(sides, {}, 'F') });
    },
  },
  'a message to a conversation of others': {
    refused: ['permission.denied', 'role'],
    next: /gives bob\.test the role/,
    told: /does not write in this conversation/,
    plant: async (sides) => {
      await follow(sides);
      const p = await stored(sides, { t: 'CONV', c: { name: 'x' } });
      return sides.send({ t: 'MSG', p, aud: 'alice.test', c: 'x' });
    },
  },
  'the presence of another': {
    refused: ['permission.denied', 'presence'],
    next: /takes part/,
    told: /tell how carol\.test is/,
    plant: async (sides) => {
      await follow(sides);
      return sides.send({ t: 'PRES', sub: '@carol.test', c: { status: 'away' } });
    },
  },
  'a name that is not served': {
    refused: ['request.not-found', null],
    next: /has to pass "Host" on.*cloudillo identity list/,
    told: /No such identity here/,
    plant: ({ lab, port, send }) => {
      lab.know('carol.test', port);
      return send({ ...FOLLOW, aud: 'carol.test' }, { to: 'carol.test' });
    },
  },
};

describe('explain names on either side', () => {
  it.each(Object.entries(FAULTS))('%s', async (_what, { outcome = 'refused', refused, next, told, ...fault }) => {
    const sides = await startTwoSides(fault.settings);
    const { actionId } = await fault.plant(sides);
    const { story, text } = await explained(sides.alice, 'last', outcome === 'parked');
    const [code, check] = refused;
    expect(story.arrival).toMatchObject({ outcome, refusal: { code, check } });
    const [failed] = story.arrival?.checks.failed ?? [];
    if (failed) expect(failed.check).toBe(check);
    expect(story.next).toMatch(next);
    expect(text).toContain(`why       ${code}: `);
    expect(text).toContain(`→ ${story.next}`);
    // Only a key that was found can fail to verify.
    if (text.includes('does not verify the token')) expect(code).toBe('token.signature');
    const sender = await explained(sides.bob, actionId);
    expect(sender.text.replaceAll('\n', ' ')).toMatch(told);
    // What the receiver finds in its log the sender has for every answer.
    for (const { answer, error } of sender.story.deliveries) {
      if (error && !error.code.startsWith('peer.')) continue;
      const id = answer?.requestId ?? error?.details?.['requestId'];
      expect(sender.text).toContain(`request ${id} at `);
      if (error && sender.text.includes('Its operator runs')) expect(sender.text).toContain(`cloudillo explain ${id}`);
      expect((await explained(sides.alice, String(id))).story.arrival?.requestId).toBe(id);
    }
    for (const each of [story, sender.story]) {
      expect(schemaProblems('explain', JSON.parse(JSON.stringify(each)))).toEqual([]);
    }
  });

  it('each check that an arrival can fail', () => {
    const planted = new Set(Object.values(FAULTS).map(({ refused: [, check] }) => check));
    expect([...CHECK_IDS, ...SERVER_CHECKS].filter((check) => !planted.has(check))).toEqual([]);
  });

  it('a repeat, which is nobody’s fault', async () => {
    const sides = await startTwoSides();
    const token = await sides.identity.sign(FOLLOW);
    await sides.send(token);
    await postRaw(sides.port, JSON.stringify({ token }));
    const { story, text } = await explained(sides.alice, 'last', true);
    expect(story).toMatchObject({ arrival: { outcome: 'repeated', refusal: null }, next: null });
    expect(story.earlier).toMatchObject([{ outcome: 'accepted' }]);
    expect(text).toMatch(/^repeated: FLLW from bob\.test to alice\.test/);
  });

  it('what was not sent yet', async () => {
    const { bob } = await startTwoSides();
    const token = await bob.signer.sign('bob.test', FOLLOW);
    const { actionId } = decodeToken(token);
    const own = { tenant: 'bob.test', actionId } as const;
    const at = bob.clock.wall();
    await bob.store.append([
      { kind: 'action', ...own, token, direction: 'out', receivedAt: at, status: 'A' },
      { kind: 'delivery', ...own, to: 'alice.test', state: 'queued', attempts: 0, nextAt: at, at },
    ]);
    const { story } = await explained(bob, actionId);
    expect(story.next).toMatch(/^Nothing was sent yet.*cloudillo deliveries retry a1~.*cloudillo doctor$/);
  });

  it('a firewall that answers in the place of the receiver', async () => {
    const sides = await startTwoSides();
    await sides.lab.peer('alice.test', (_request, response) => {
      response.writeHead(403, { 'content-type': 'text/html' }).end('<html>Blocked. Incident 4711</html>');
    });
    const { actionId } = await sides.send(FOLLOW);
    const { story } = await explained(sides.bob, actionId);
    expect(story.next).toMatch(/no answer of a Cloudillo server.*cloudillo doctor alice\.test/);
    expect(story.next).not.toContain('knows why');
  });

  it('what was mended since it was refused', async () => {
    const sides = await startTwoSides();
    await sides.send({ t: 'POST', c: 'x' });
    await follow(sides);
    expect((await explained(sides.alice, 'last')).story.next).toContain('That holds no longer');
    await setTreatment(sides.alice, { ...BLOCK, peer: '*.bob.test' });
    await sides.send({ t: 'POST', c: 'y' });
    expect((await explained(sides.alice, 'last')).story.next).toContain("unblock '*.bob.test'");
    await setTreatment(sides.alice, { ...BLOCK, peer: '*.bob.test', blocked: false });
    expect((await explained(sides.alice, 'last')).story.next).toContain('That holds no longer');
  });

  it('a receiver that can not be reached', async () => {
    const sides = await startTwoSides();
    sides.lab.know('alice.test', 1);
    const { actionId } = await sides.send(FOLLOW);
    const { story } = await explained(sides.bob, actionId);
    expect(story.deliveries).toMatchObject([{ state: 'queued', error: { code: 'network.refused' } }]);
    expect(story.next).toMatch(/cloudillo doctor alice\.test.*cloudillo peer retry alice\.test.*tried again by itself/);
  });
});
