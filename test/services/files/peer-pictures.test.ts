import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { blobId, fileId } from '../../../src/protocol/content-id.ts';
import { formatDescriptor } from '../../../src/protocol/descriptor.ts';
import { runAttachmentWorker } from '../../../src/services/files/attachment-worker.ts';
import type { FetchReport } from '../../../src/services/files/try-fetch.ts';
import { keepName } from '../../../src/services/peers/refresh-profiles.ts';
import { setTreatment } from '../../../src/services/peers/treatment.ts';
import { showProfile } from '../../../src/services/profiles/show-profile.ts';
import { answer, type Peer, refuse, startLab } from '../../support/lab.ts';
import { type OwnInstance, ownInstance } from '../../support/own-instance.ts';

const TENANT = 'alice.test';
const HOUR = 3_600_000;

/** A picture with the variant that is shown and a larger one. */
function picture(name: string, { size = 20, shown = 'vis.pf' } = {}) {
  const [small, large] = [Buffer.alloc(size, name), Buffer.alloc(size + 1000, name)];
  const variants = [
    { name: shown, blobId: blobId(small), format: 'avif', size: small.length, width: 80, height: 80 },
    { name: 'vis.sd', blobId: blobId(large), format: 'webp', size: large.length, width: 720, height: 720 },
  ];
  const descriptor = formatDescriptor({ version: 2, variants });
  return {
    id: fileId(descriptor),
    descriptor,
    blobs: new Map([small, large].map((bytes) => [blobId(bytes), bytes])),
    small,
  };
}
type Picture = ReturnType<typeof picture>;

async function scene(flags: object = { following: true }) {
  const lab = await startLab({ timeout: 1_000 });
  const alice = await ownInstance(lab);
  const reports: FetchReport[] = [];
  const served: Picture[] = [];
  const bob: Peer = await lab.peer('bob.test', ({ url }, response) => {
    const { pathname } = new URL(url, 'https://x');
    if (pathname === '/api/auth/access-token') return refuse(response, 403, 'E-AUTH-NOPERM');
    for (const { id, descriptor, blobs } of served) {
      if (pathname === `/api/files/${id}/descriptor`) return answer(response, descriptor);
      if (pathname === `/api/files/${id}/metadata`) {
        return answer(response, { fileName: 'me.png', contentType: 'image/png', preset: 'default' });
      }
      const bytes = blobs.get(pathname.replace('/api/files/variant/', ''));
      if (bytes) return void response.writeHead(200, { 'content-type': 'image/avif' }).end(bytes);
    }
    refuse(response, 404, 'E-CORE-NOTFOUND');
  });
  const none = { following: false, follower: false, connected: false, at: 1 };
  await alice.store.append([{ kind: 'relation', tenant: TENANT, peer: 'bob.test', ...none, ...flags }]);
  const start = () => {
    const stop = new AbortController();
    const done = runAttachmentWorker(alice, stop.signal, { onAttempt: (report) => reports.push(report) });
    onTestFinished(async () => {
      stop.abort();
      await done;
    });
  };
  /** bob's profile is seen with this picture. */
  const shows = (one: Picture) => {
    served.push(one);
    return keepName(alice, { idTag: 'bob.test', name: 'Bob', profilePic: one.id }, [TENANT]);
  };
  const asked = () => bob.requests.filter(({ url }) => url.includes('/descriptor')).length;
  return { alice, bob, reports, start, shows, asked };
}

const reported = (reports: FetchReport[], count = 1) => expect.poll(() => reports.length).toBe(count);
const blobsOf = ({ store }: OwnInstance) => Readable.from(store.blobs.ids()).toArray();
async function bytesOf({ store }: OwnInstance, id: string): Promise<Buffer | null> {
  const stream = await store.blobs.read(id);
  return stream && Buffer.concat(await stream.toArray());
}

describe('the profile picture of a peer', () => {
  it.each([{ following: true }, { follower: true }, { connected: true }])(
    'is fetched and verified, in the variant that is shown, when its profile changes: %j',
    async (flags) => {
      const { alice, reports, start, shows } = await scene(flags);
      start();
      const one = picture('one');
      await shows(one);
      await reported(reports);
      expect(reports).toMatchObject([{ state: 'done', from: 'bob.test', fileId: one.id }]);
      expect(alice.store.file(TENANT, one.id)).toMatchObject({
        descriptor: one.descriptor,
        owner: 'bob.test',
        preset: 'profile-picture',
      });
      expect(await bytesOf(alice, blobId(one.small))).toEqual(one.small);
      expect(await blobsOf(alice)).toEqual([blobId(one.small)]);
      expect(await showProfile(alice, { idTag: 'bob.test' })).toMatchObject({ profilePic: one.id, pictureHere: true });
    },
  );

  it('that was seen before the server started is fetched then', async () => {
    const { reports, start, shows } = await scene();
    await shows(picture('one'));
    start();
    await reported(reports);
    expect(reports[0]?.state).toBe('done');
  });

  it('that has no such variant is fetched as the smallest', async () => {
    const { alice, reports, start, shows } = await scene();
    start();
    const one = picture('one', { shown: 'vis.tn' });
    await shows(one);
    await reported(reports);
    expect(await blobsOf(alice)).toEqual([blobId(one.small)]);
  });

  it('that isn’t what its ID says, or is too large, is refused, and asked for once', async () => {
    const { alice, reports, start, shows } = await scene();
    const wrong = picture('one');
    wrong.blobs.set(blobId(wrong.small), Buffer.alloc(wrong.small.length, 'two'));
    await shows(wrong);
    start();
    await reported(reports);
    expect(reports[0]).toMatchObject({ state: 'refused', error: { code: 'peer.mismatch' } });
    alice.pass(HOUR);
    await shows(picture('large', { size: 300_000 }));
    await reported(reports, 2);
    expect(reports[1]).toMatchObject({ state: 'refused', error: { code: 'network.too-large' } });
    expect(await blobsOf(alice)).toEqual([]);
  });

  it('of a stranger, and of a blocked peer, is left alone', async () => {
    const stranger = await scene({});
    stranger.start();
    await stranger.shows(picture('one'));
    const blocked = await scene();
    await setTreatment(blocked.alice, { peer: 'bob.test', blocked: true });
    blocked.start();
    await blocked.shows(picture('one'));
    // Whose picture is fetched comes after whose isn't.
    for (const { alice, reports } of [stranger, blocked]) {
      expect(await showProfile(alice, { idTag: 'bob.test' })).toMatchObject({ pictureHere: false });
      await setTreatment(alice, { peer: 'bob.test', blocked: false });
      const relation = { following: true, follower: false, connected: false, at: 2 };
      await alice.store.append([{ kind: 'relation', tenant: TENANT, peer: 'bob.test', ...relation }]);
      expect(reports).toEqual([]);
      alice.peerChanged.wake();
      await reported(reports);
    }
    for (const { asked } of [stranger, blocked]) expect(asked()).toBe(1);
  });

  it('that changes all the time is fetched once an hour', async () => {
    const { alice, reports, start, shows, asked } = await scene();
    start();
    await shows(picture('one'));
    await reported(reports);
    await shows(picture('two'));
    const three = picture('three');
    await shows(three);
    alice.pass(HOUR);
    alice.peerChanged.wake();
    await reported(reports, 2);
    expect(reports[1]).toMatchObject({ state: 'done', fileId: three.id });
    expect(asked()).toBe(2);
  });
});
