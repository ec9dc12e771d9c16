import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exportPrivateKey, generateKeyPair } from '../../../src/protocol/keys.ts';
import { addKey } from '../../../src/services/keys/add-key.ts';
import { logOwnKeys } from '../../../src/services/keys/own-keys.ts';
import { answer, startLab } from '../../support/lab.ts';
import { makeIdentity } from '../../support/lab-identity.ts';
import { type OwnInstance, ownInstance } from '../../support/own-instance.ts';

/** What a server logs of its keys at its start. */
async function logged(own: OwnInstance) {
  const lines: { message: string; fields: Record<string, unknown> }[] = [];
  const log = (_level: string, message: string, fields: Record<string, unknown> = {}) =>
    void lines.push({ message, fields });
  await logOwnKeys({ ...own, log }, new AbortController().signal);
  return lines;
}

async function signing(own: OwnInstance): Promise<string> {
  return (await own.identities.read('alice.test'))?.keys.at(-1)?.keyId ?? '';
}

it('is silent where the signing key is published, and where nobody can be asked', async () => {
  const own = await ownInstance(await startLab());
  expect(await logged(own)).toEqual([]);
  await own.serve('alice.test');
  expect(await logged(own)).toEqual([]);
});

it('tells of a key that the network does not see, and of another one under its ID', async () => {
  const lab = await startLab();
  const own = await ownInstance(lab);
  const old = await own.identities.read('alice.test');
  const keys = (old?.keys ?? []).map(({ keyId, publicKey }) => ({ keyId, publicKey }));
  await lab.peer('alice.test', (_, response) =>
    answer(response, { idTag: 'alice.test', name: 'Alice', type: 'person', keys }),
  );
  await addKey(own, { as: 'alice.test', rotate: true });
  const message = 'the key that signs is not published: peers refuse what it signs';
  const keyId = await signing(own);
  expect(await logged(own)).toMatchObject([{ message, fields: { idTag: 'alice.test', keyId } }]);
  const [other] = makeIdentity('alice.test').profile.keys as { publicKey: string }[];
  keys.splice(0, keys.length, { keyId, publicKey: other?.publicKey ?? '' });
  expect(await logged(own)).toMatchObject([{ message, fields: { why: `another key is published under ${keyId}` } }]);
});

it('tells of a key file that is another key than the identity publishes', async () => {
  const own = await ownInstance(await startLab());
  const path = own.identities.privateKeyPath('alice.test', await signing(own));
  writeFileSync(path, exportPrivateKey(generateKeyPair().privateKey));
  expect(await logged(own)).toMatchObject([
    { message: 'an identity can not sign', fields: { error: { code: 'key.mismatch' } } },
  ]);
});
