import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { blobId, fileId } from '../../../src/protocol/content-id.ts';
import { NOBODY } from '../../../src/protocol/observer.ts';
import { addFile } from '../../../src/services/files/add-file.ts';
import { checkStore } from '../../../src/services/home/check-store.ts';
import type { Deps } from '../../../src/services/runtime/deps.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { TENANT, temporaryHome } from '../../support/store-fixtures.ts';

it('finds files whose blobs are gone: any blob of an own file, all blobs of a peer’s', async () => {
  const home = await temporaryHome();
  const store = await openFileStore(home);
  onTestFinished(() => store.close());
  const settings = { delivery: { keepEnded: 1 } } as Deps['settings'];
  const deps = { store, home, settings, clock: systemClock, observer: NOBODY };
  const findings = async () => (await checkStore(deps, {}, () => {})).findings;
  const path = (id: string) => join(home, 'blobs', id.slice(3, 5), id);
  const save = (text: string) => {
    const id = blobId(Buffer.from(text));
    mkdirSync(dirname(path(id)), { recursive: true });
    writeFileSync(path(id), text);
    return id;
  };

  const own = await addFile(deps, {
    tenant: TENANT,
    fileName: 'x',
    contentType: 'text/plain',
    source: Buffer.from('mine'),
  });
  const [small, large] = [save('tn'), blobId(Buffer.from('hd'))];
  const descriptor = `d2,vis.tn:${small}:f=webp:s=2:r=1x1;vis.hd:${large}:f=webp:s=2:r=1x1`;
  const peers = {
    fileId: fileId(descriptor),
    descriptor,
    fileName: 'p',
    contentType: 'image/webp',
    owner: 'x.example',
  };
  await store.append([{ kind: 'file', tenant: TENANT, ...peers, at: 1 }]);
  expect(await findings()).toEqual([]);

  rmSync(path(blobId(Buffer.from('mine'))));
  const lost = expect.objectContaining({ kind: 'blob', reason: expect.stringContaining(own.fileId) });
  expect(await findings()).toEqual([lost]);
  rmSync(path(small));
  const theirs = `2 of 2 blobs of file ${peers.fileId} of x.example are gone; restore blobs/`;
  expect(await findings()).toEqual([lost, { kind: 'blob', id: small, reason: theirs }]);
});
