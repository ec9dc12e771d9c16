import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { actionId, blobId, fileId } from '../../../src/protocol/content-id.ts';
import { formatDescriptor } from '../../../src/protocol/descriptor.ts';
import type { ActionClaims } from '../../../src/protocol/token.ts';
import { runAttachmentWorker } from '../../../src/services/files/attachment-worker.ts';
import { storeBlob } from '../../../src/services/files/store-blob.ts';
import type { FetchReport } from '../../../src/services/files/try-fetch.ts';
import { FileBlobs } from '../../../src/store/blobs/file-blobs.ts';
import type { Blobs } from '../../../src/store/model/store-interface.ts';
import { codeOfAsync } from '../../support/codes.ts';
import { answer, type Lab, type Peer, refuse, startLab } from '../../support/lab.ts';
import { type OwnInstance, ownInstance } from '../../support/own-instance.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';
import { fakeToken } from '../../support/store-fixtures.ts';

const ORIGINAL = Buffer.from('the original picture, more or less');
const THUMBNAIL = Buffer.from('tiny');
const DESCRIPTOR = formatDescriptor({
  version: 2,
  variants: [
    { name: 'orig', blobId: blobId(ORIGINAL), format: 'png', size: ORIGINAL.length, width: 8, height: 8 },
    { name: 'vis.tn', blobId: blobId(THUMBNAIL), format: 'webp', size: THUMBNAIL.length, width: 2, height: 2 },
  ],
});
const ID = fileId(DESCRIPTOR);
const METADATA = { fileName: 'dot.png', contentType: 'image/png', preset: 'default', owner: { idTag: 'mallory.test' } };

/** What a peer answers; a test makes it wrong. */
interface Served {
  id: string;
  descriptor: string;
  metadata: unknown;
  blobs: Map<string, Buffer | ((response: ServerResponse) => void)>;
  /** Status of every answer, when it isn't 200. */
  status?: number | undefined;
  /** Of the token exchange. */
  exchange?: number | undefined;
  /** Tokens are asked for. */
  isPrivate: boolean;
}

interface Scene {
  lab: Lab;
  alice: OwnInstance;
  served: Served;
  bob: Peer;
  reports: FetchReport[];
  /** bob's action comes in. */
  arrives(claims?: Partial<ActionClaims>, told?: boolean): Promise<string>;
  start(): Promise<() => Promise<void>>;
}

async function scene({ following = true } = {}): Promise<Scene> {
  const lab = await startLab({ timeout: 1_000 });
  const alice = await ownInstance(lab);
  const { bob, served } = await fileServer(lab, 'bob.test');
  const reports: FetchReport[] = [];
  const relation = { kind: 'relation', tenant: 'alice.test', follower: false, connected: false, at: 1 } as const;
  await alice.store.append([{ ...relation, peer: 'bob.test', following }]);
  return {
    lab,
    alice,
    served,
    bob,
    reports,
    async arrives(claims = {}, told = true) {
      const token = fakeToken({ iss: 'bob.test', t: 'POST:IMG', c: 'look', a: [ID], ...claims });
      const event = { tenant: 'alice.test', actionId: actionId(token) };
      const rest = { direction: 'in', status: claims.t?.startsWith('FSHR') ? 'C' : 'A', receivedAt: 1 } as const;
      await alice.store.append([{ kind: 'action', ...event, token, ...rest, visibility: 'F' }]);
      if (told) alice.live.announce({ kind: 'action', ...event });
      return event.actionId;
    },
    async start() {
      const stop = new AbortController();
      const done = runAttachmentWorker(alice, stop.signal, { onAttempt: (report) => reports.push(report) });
      const end = async () => {
        stop.abort();
        await done;
      };
      onTestFinished(end);
      return end;
    },
  };
}

async function fileServer(lab: Lab, idTag: string): Promise<{ bob: Peer; served: Served }> {
  const blobs: Served['blobs'] = new Map([
    [blobId(ORIGINAL), ORIGINAL],
    [blobId(THUMBNAIL), THUMBNAIL],
  ]);
  const served: Served = { id: ID, descriptor: DESCRIPTOR, metadata: METADATA, blobs, isPrivate: true };
  const bob = await lab.peer(idTag, ({ url, headers }, response) => {
    const { pathname } = new URL(url, 'https://x');
    if (pathname === '/api/auth/access-token') {
      if (served.exchange) return refuse(response, served.exchange, 'E-AUTH-NOPERM');
      return answer(response, { token: 'good' });
    }
    if (served.status) return refuse(response, served.status, 'E-X-X');
    if (served.isPrivate && headers.authorization !== 'Bearer good') return refuse(response, 403, 'E-AUTH-NOPERM');
    if (pathname === `/api/files/${served.id}/descriptor`) return answer(response, served.descriptor);
    if (pathname === `/api/files/${served.id}/metadata` && served.metadata) return answer(response, served.metadata);
    const bytes = served.blobs.get(pathname.replace('/api/files/variant/', ''));
    if (bytes === undefined) return refuse(response, 404, 'E-CORE-NOTFOUND');
    if (typeof bytes === 'function') return bytes(response);
    response.writeHead(200, { 'content-type': 'image/png' }).end(bytes);
  });
  return { bob, served };
}

async function textOf(alice: OwnInstance, id: string): Promise<string | null> {
  const stream = await alice.store.blobs.read(id);
  if (!stream) return null;
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('the files of a stranger', () => {
  const use = (alice: OwnInstance) => alice.store.strangerUse('bob.test', alice.clock.wall());

  /** bob is a stranger, whose picture is on the wall of carol, whom alice follows. */
  async function onCarolsWall({ following = false } = {}) {
    const { lab, alice, reports, arrives, start } = await scene({ following });
    const { served } = await fileServer(lab, 'carol.test');
    const relation = { follower: false, connected: false, at: 1, following: true } as const;
    await alice.store.append([{ kind: 'relation', tenant: 'alice.test', peer: 'carol.test', ...relation }]);
    await arrives({ aud: 'carol.test' });
    const fetched = async () => {
      await start();
      await expect.poll(() => reports.length).toBe(1);
      return reports[0];
    };
    return { alice, served, fetched };
  }

  it('count with their bytes, also after a rebuild, and what was not there does not', async () => {
    const { alice, served, fetched } = await onCarolsWall();
    served.blobs.delete(blobId(ORIGINAL));
    const before = use(alice).bytes;
    expect(await fetched()).toMatchObject({ state: 'done' });
    expect(use(alice).bytes - before).toBe(THUMBNAIL.length);
    await alice.store.rebuild();
    expect(use(alice).bytes - before).toBe(THUMBNAIL.length);
  });

  it('are fetched as far as its day allows, the smallest first', async () => {
    const { alice, fetched } = await onCarolsWall();
    Object.assign(alice.settings.limits, { issuerBytes: use(alice).bytes + ORIGINAL.length });
    expect(await fetched()).toMatchObject({ state: 'done' });
    expect(await textOf(alice, blobId(THUMBNAIL))).toBe(String(THUMBNAIL));
    expect(await textOf(alice, blobId(ORIGINAL))).toBeNull();
  });

  it('are not fetched when its day is used up', async () => {
    const { alice, fetched } = await onCarolsWall();
    Object.assign(alice.settings.limits, { issuerBytes: use(alice).bytes });
    expect(await fetched()).toMatchObject({ state: 'queued', error: { code: 'rate.quota' } });
    expect(await textOf(alice, blobId(THUMBNAIL))).toBeNull();
  });

  it('of whom the tenant follows count for nobody', async () => {
    const { alice, fetched } = await onCarolsWall({ following: true });
    expect(await fetched()).toMatchObject({ state: 'done' });
    expect(use(alice)).toEqual({ actions: 0, bytes: 0 });
  });
});

/** A picture of carol's. */
const OTHER = `d2,orig:${blobId(THUMBNAIL)}:f=bin:s=4:r=0x0`;

/** carol is followed, and her server has a picture. */
async function followCarol({ lab, alice }: Pick<Scene, 'lab' | 'alice'>): Promise<Peer> {
  const { bob: carol, served } = await fileServer(lab, 'carol.test');
  Object.assign(served, { id: fileId(OTHER), descriptor: OTHER });
  const relation = { follower: false, connected: false, at: 1, following: true } as const;
  await alice.store.append([{ kind: 'relation', tenant: 'alice.test', peer: 'carol.test', ...relation }]);
  return carol;
}

/** Waits until a file of carol's is fetched: what was wanted of another before has been asked for by then. */
async function fetchedFromCarol(scene: Pick<Scene, 'lab' | 'alice' | 'arrives' | 'reports'>): Promise<void> {
  const before = scene.reports.length;
  await followCarol(scene);
  await scene.arrives({ iss: 'carol.test', a: [fileId(OTHER)] });
  await reported(scene.reports, before + 1);
  expect(scene.reports.at(-1)).toMatchObject({ state: 'done', from: 'carol.test' });
}

const reported = (reports: FetchReport[], count = 1) => expect.poll(() => reports.length).toBe(count);
const heldBlobs = async ({ store }: OwnInstance) => {
  const ids: string[] = [];
  for await (const id of store.blobs.ids()) ids.push(id);
  return ids.sort();
};

describe('an attachment', () => {
  it('is fetched when its action arrives: descriptor, name, all variants', async () => {
    const { alice, arrives, start, reports, bob } = await scene();
    await start();
    await arrives();
    await reported(reports);
    expect(reports[0]).toMatchObject({ state: 'done', from: 'bob.test', attempts: 1 });
    expect(alice.store.file('alice.test', ID)).toMatchObject({
      descriptor: DESCRIPTOR,
      fileName: 'dot.png',
      contentType: 'image/png',
      preset: 'default',
      owner: 'bob.test',
    });
    expect(await textOf(alice, blobId(ORIGINAL))).toBe(ORIGINAL.toString());
    expect(await textOf(alice, blobId(THUMBNAIL))).toBe('tiny');
    const before = bob.requests.length;
    await arrives({ c: 'again' });
    await arrives({ c: 'another', a: undefined as never });
    expect(bob.requests).toHaveLength(before);
  });

  it('that was missed is fetched when the server starts', async () => {
    const { alice, arrives, start, reports } = await scene();
    await arrives({}, false);
    await start();
    await reported(reports);
    expect(alice.store.file('alice.test', ID)).not.toBeNull();
  });

  it('is asked of the one whose wall it is on, and of the issuer when that one hasn’t got it', async () => {
    const { lab, alice, arrives, start, reports, served } = await scene();
    const carol = await fileServer(lab, 'carol.test');
    await start();
    await arrives({ iss: 'carol.test', aud: 'bob.test' });
    await reported(reports);
    expect(reports[0]).toMatchObject({ state: 'done', from: 'bob.test' });
    expect(alice.store.file('alice.test', ID)?.owner).toBe('carol.test');
    expect(carol.bob.requests).toEqual([]);
    const other = Buffer.from('other');
    const descriptor = `d2,orig:${blobId(other)}:f=bin:s=5:r=0x0`;
    Object.assign(carol.served, { id: fileId(descriptor), descriptor, blobs: new Map([[blobId(other), other]]) });
    served.status = 404;
    await arrives({ iss: 'carol.test', aud: 'bob.test', a: [fileId(descriptor)] });
    await reported(reports, 2);
    expect(reports[1]).toMatchObject({ state: 'done', from: 'carol.test' });
  });

  it('is had from a followed peer while the disk has no room for the stranger who attached it first', async () => {
    const { alice, arrives, start, reports } = await scene();
    const full = { mount: '/', paths: ['/'], free: 0, total: 1e12, inodes: 0, freeInodes: 0 };
    Object.assign(alice, { disk: { ...alice.disk, rooms: async () => [full] } });
    await arrives({ iss: 'nobody.test', aud: 'bob.test' }, false);
    await arrives({}, false);
    await start();
    await reported(reports);
    expect(reports[0]).toMatchObject({ state: 'done', from: 'bob.test' });
    expect(alice.store.file('alice.test', ID)?.owner).toBe('bob.test');
  });

  it('waits for a third party that hasn’t got it yet', async () => {
    const { alice, arrives, start, reports, served } = await scene();
    await start();
    served.status = 404;
    await arrives({ iss: 'nobody.test', aud: 'bob.test' });
    await reported(reports);
    expect(reports[0]).toMatchObject({ state: 'queued', from: 'bob.test' });
    expect(alice.store.fetch('alice.test', ID)).toMatchObject({ state: 'queued', attempts: 1 });
  });

  it('that is public is fetched from a server that gives no token', async () => {
    const { arrives, start, reports, served } = await scene();
    Object.assign(served, { exchange: 403, isPrivate: false });
    await start();
    await arrives();
    await reported(reports);
    expect(reports[0]?.state).toBe('done');
  });

  it('comes without the variants that its server doesn’t keep, and without a name that can’t be shown', async () => {
    const { alice, arrives, start, reports, served } = await scene();
    served.blobs.delete(blobId(ORIGINAL));
    served.metadata = { fileName: '../../etc/passwd', contentType: 'x\r\ny', preset: '<b>' };
    await start();
    await arrives();
    await reported(reports);
    expect(alice.store.file('alice.test', ID)).toMatchObject({ fileName: 'file', contentType: 'image/png' });
    expect(alice.store.file('alice.test', ID)?.preset).toBeUndefined();
    expect(await heldBlobs(alice)).toEqual([blobId(THUMBNAIL)]);
  });

  it('shared with us comes once that is accepted', async () => {
    const { lab, alice, arrives, start, reports, bob } = await scene();
    await start();
    const c = { contentType: 'image/png', fileName: 'dot.png', fileTp: 'BLOB' };
    const share = await arrives({ t: 'FSHR', aud: 'alice.test', sub: ID, c, a: undefined as never });
    await fetchedFromCarol({ lab, alice, arrives, reports });
    expect(bob.requests).toEqual([]);
    await alice.store.append([{ kind: 'status', tenant: 'alice.test', actionId: share, status: 'A', at: 2 }]);
    alice.live.announce({ kind: 'status', tenant: 'alice.test', actionId: share });
    await reported(reports, 2);
    expect(alice.store.file('alice.test', ID)?.owner).toBe('bob.test');
  });
});

describe('is not asked for', () => {
  it.each([
    ['what a stranger says', false, {}],
    ['a reaction', true, { t: 'REACT:LIKE', sub: ID }],
    ['our own action, come back', true, { iss: 'alice.test' }],
    ['what a blocked peer says', true, {}],
  ])('%s', async (what, following, claims) => {
    const { lab, alice, arrives, start, reports, bob } = await scene({ following });
    const treatment = { kind: 'treatment', tenant: 'alice.test', peer: 'bob.test', muted: false, at: 1 } as const;
    await alice.store.append([{ ...treatment, blocked: what === 'what a blocked peer says' }]);
    await arrives(claims as Partial<ActionClaims>);
    await start();
    await arrives({ c: 'x', ...(claims as Partial<ActionClaims>) });
    await fetchedFromCarol({ lab, alice, arrives, reports });
    expect(bob.requests).toEqual([]);
  });
});

describe('a peer that is wrong', () => {
  const flip = (bytes: Buffer, at: number, bit = 1) => {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] as number) ^ bit;
    return copy;
  };
  const ended = (change: (response: ServerResponse) => void) => change;

  it.each<[string, (served: Served) => void, string, 'refused' | 'queued']>([
    [
      'another descriptor',
      (s) => Object.assign(s, { descriptor: DESCRIPTOR.replace('8x8', '9x8') }),
      'peer.mismatch',
      'refused',
    ],
    ['other bytes', (s) => void s.blobs.set(blobId(ORIGINAL), flip(ORIGINAL, 3)), 'peer.mismatch', 'refused'],
    ['fewer bytes', (s) => void s.blobs.set(blobId(ORIGINAL), ORIGINAL.subarray(1)), 'peer.mismatch', 'refused'],
    [
      'more bytes',
      (s) => void s.blobs.set(blobId(ORIGINAL), Buffer.concat([ORIGINAL, ORIGINAL])),
      'network.too-large',
      'refused',
    ],
    ['nothing of it', (s) => s.blobs.clear(), 'peer.refused', 'refused'],
    ['a refusal', (s) => Object.assign(s, { status: 403 }), 'peer.refused', 'refused'],
    ['an error', (s) => Object.assign(s, { status: 500 }), 'peer.error', 'queued'],
    ['a later', (s) => Object.assign(s, { status: 429 }), 'peer.refused', 'queued'],
    [
      'a length that is a lie',
      (s) =>
        void s.blobs.set(
          blobId(ORIGINAL),
          ended((response) => {
            response.writeHead(200, { 'content-length': ORIGINAL.length }).write('half');
            setTimeout(() => response.destroy(), 50);
          }),
        ),
      'network.reset',
      'queued',
    ],
    [
      'nothing, and hangs',
      (s) => void s.blobs.set(blobId(ORIGINAL), (response) => void response.writeHead(200).write('half')),
      'network.timeout',
      'queued',
    ],
  ])('answers %s: nothing is stored, and the reason is told', async (_what, wrong, code, state) => {
    const { alice, arrives, start, reports, served } = await scene();
    wrong(served);
    await start();
    await arrives();
    await reported(reports);
    expect({ state: reports[0]?.state, code: reports[0]?.error?.code }).toEqual({ state, code });
    expect(alice.store.file('alice.test', ID)).toBeNull();
    expect(await heldBlobs(alice)).not.toContain(blobId(ORIGINAL));
    expect(alice.store.fetch('alice.test', ID)).toMatchObject({ from: 'bob.test', state, error: { code } });
    expect(alice.logged.some(({ level }) => level === 'warn')).toBe(true);
  });

  it('has one more chance with each new action, and none at a restart', async () => {
    const { lab, alice, arrives, start, reports, served, bob } = await scene();
    served.blobs.set(blobId(ORIGINAL), flip(ORIGINAL, 0));
    const end = await start();
    await arrives();
    await reported(reports);
    await end();
    const asked = bob.requests.length;
    await start();
    await fetchedFromCarol({ lab, alice, arrives, reports });
    expect(bob.requests).toHaveLength(asked);
    served.blobs.set(blobId(ORIGINAL), ORIGINAL);
    await arrives({ c: 'now really' });
    await reported(reports, 3);
    expect(alice.store.file('alice.test', ID)).not.toBeNull();
    expect(alice.store.fetches('alice.test')).toEqual([]);
  });

  it('is had from whoever else attaches it, though somebody named it before who has not got it', async () => {
    const { lab, alice, served, arrives, start, reports } = await scene();
    served.status = 404;
    await start();
    await arrives();
    await reported(reports);
    expect(reports[0]).toMatchObject({ from: 'bob.test', state: 'refused' });
    await fileServer(lab, 'carol.test');
    const relation = { follower: false, connected: false, at: 1, following: true } as const;
    await alice.store.append([{ kind: 'relation', tenant: 'alice.test', peer: 'carol.test', ...relation }]);
    await arrives({ iss: 'carol.test' });
    await reported(reports, 2);
    expect(reports[1]).toMatchObject({ from: 'carol.test', state: 'done' });
    expect(alice.store.file('alice.test', ID)?.owner).toBe('carol.test');
  });

  it('has that chance also when the action comes while the file is refused', async () => {
    const { alice, arrives, start, reports, served } = await scene();
    served.blobs.set(blobId(ORIGINAL), async (response) => {
      served.blobs.set(blobId(ORIGINAL), ORIGINAL);
      await arrives({ c: 'now really' });
      response.writeHead(200, { 'content-type': 'image/png' }).end(flip(ORIGINAL, 0));
    });
    await start();
    await arrives();
    await reported(reports, 2);
    expect(reports.map(({ state }) => state)).toEqual(['refused', 'done']);
    expect(alice.store.file('alice.test', ID)).not.toBeNull();
  });

  it('that hangs holds up nobody else', async () => {
    const { lab, arrives, start, reports, served, alice } = await scene();
    served.blobs.set(blobId(ORIGINAL), (response) => void response.writeHead(200).write('half'));
    await followCarol({ lab, alice });
    await start();
    await arrives();
    await arrives({ iss: 'carol.test', a: [fileId(OTHER)] });
    await reported(reports, 2);
    expect(reports.map(({ from, state }) => [from, state])).toEqual([
      ['carol.test', 'done'],
      ['bob.test', 'queued'],
    ]);
  });

  it('that was down is asked again when it is due, across a restart', async () => {
    const { alice, arrives, start, reports, served } = await scene();
    served.status = 503;
    const end = await start();
    await arrives();
    await reported(reports);
    expect(reports[0]).toMatchObject({ state: 'queued', attempts: 1 });
    await end();
    served.status = undefined;
    const early = await start();
    await early();
    expect(reports).toHaveLength(1);
    alice.pass(61_000);
    await start();
    await reported(reports, 2);
    expect(reports[1]).toMatchObject({ state: 'done', attempts: 2 });
  });

  it('that was down is asked again when it is heard from, but not at once', async () => {
    const { alice, arrives, start, reports, served } = await scene();
    served.status = 503;
    await start();
    await arrives();
    await reported(reports);
    served.status = undefined;
    await arrives({ c: 'I am here', a: undefined as never });
    expect(reports).toHaveLength(1);
    alice.pass(6_000);
    await arrives({ c: 'and here', a: undefined as never });
    await reported(reports, 2);
    expect(reports[1]).toMatchObject({ state: 'done', attempts: 2 });
  });

  it('for three days is given up', async () => {
    const { alice, arrives, start, reports, served } = await scene();
    served.status = 503;
    await arrives({}, false);
    for (let round = 1; reports.at(-1)?.state !== 'expired'; round += 1) {
      const end = await start();
      await reported(reports, round);
      await end();
      alice.pass(6 * 3_600_000 + 1_000);
      expect(round).toBeLessThan(40);
    }
    expect(reports.length).toBeGreaterThan(10);
  });
});

it('bytes that can’t be written are told as that, not as a download that was broken off', async () => {
  const blobs = new FileBlobs(temporaryDirectory());
  const full: Pick<Blobs, 'write'> = { write: (source, options) => blobs.write(source, { ...options, maxBytes: 1 }) };
  const stored = storeBlob(full, { blobId: blobId(ORIGINAL), size: 1_000_000 }, async (sink) => {
    for (let n = 0; n < 10; n += 1) await sink(Buffer.alloc(100_000));
  });
  expect(await codeOfAsync(stored)).toBe('store.blob-size');
});

describe('size', () => {
  it('is limited: variants that fit come, and a file none of which does is refused', async () => {
    const { alice, arrives, start, reports } = await scene();
    (alice.settings.files as { maxBytes: number }).maxBytes = 10;
    await start();
    await arrives();
    await reported(reports);
    expect(await heldBlobs(alice)).toEqual([blobId(THUMBNAIL)]);
    (alice.settings.files as { maxBytes: number }).maxBytes = 3;
    const other = await scene();
    (other.alice.settings.files as { maxBytes: number }).maxBytes = 3;
    await other.start();
    await other.arrives();
    await reported(other.reports);
    expect(other.reports[0]).toMatchObject({ state: 'refused', error: { code: 'network.too-large' } });
    expect(await heldBlobs(other.alice)).toEqual([]);
  });
});

it('a descriptor of ever so many variants brings a handful', async () => {
  const { alice, arrives, start, reports, served } = await scene();
  const variants = Array.from({ length: 300 }, (_, index) => {
    const bytes = Buffer.from(`${index}`);
    served.blobs.set(blobId(bytes), bytes);
    return { name: `vis.q${index}`, blobId: blobId(bytes), format: 'webp', size: bytes.length, width: 1, height: 1 };
  });
  served.descriptor = formatDescriptor({ version: 2, variants });
  served.id = fileId(served.descriptor);
  await start();
  await arrives({ a: [served.id] });
  await reported(reports);
  expect(reports[0]?.state).toBe('done');
  expect(await heldBlobs(alice)).toHaveLength(64);
});

it('no byte of a descriptor or of a blob can be changed without being refused', async () => {
  const { alice, arrives, start, reports, served } = await scene();
  await start();
  const change = fc.record({
    what: fc.constantFrom('descriptor', 'orig', 'vis.tn'),
    at: fc.nat(),
    // Any other byte; of the descriptor, any other that JSON carries as one.
    by: fc.integer({ min: 1, max: 127 }),
  });
  let count = 0;
  await fc.assert(
    fc.asyncProperty(change, async ({ what, at, by }) => {
      const bytes = { descriptor: Buffer.from(DESCRIPTOR), orig: ORIGINAL, 'vis.tn': THUMBNAIL }[what] as Buffer;
      const changed = Buffer.from(bytes);
      changed[at % bytes.length] = (bytes[at % bytes.length] as number) ^ by;
      served.descriptor = what === 'descriptor' ? changed.toString('latin1') : DESCRIPTOR;
      served.blobs.set(blobId(ORIGINAL), what === 'orig' ? changed : ORIGINAL);
      served.blobs.set(blobId(THUMBNAIL), what === 'vis.tn' ? changed : THUMBNAIL);
      await arrives({ c: `${count}` });
      count += 1;
      await reported(reports, count);
      expect(reports.at(-1)).toMatchObject({ state: 'refused', error: { code: 'peer.mismatch' } });
      expect(alice.store.file('alice.test', ID)).toBeNull();
    }),
    { numRuns: 60 },
  );
}, 60_000);
