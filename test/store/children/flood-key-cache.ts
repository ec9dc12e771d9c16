// Fetches profiles of 1 MiB of ever other peers, as a stranger's tokens can make a server do.
import { createKeyResolver } from '../../../src/federation/keys/key-resolver.ts';
import type { FetchProfile } from '../../../src/federation/peer/profile-api.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { parseProfile } from '../../../src/protocol/profile.ts';
import { openKeyCache } from '../../../src/store/cache/key-cache.ts';

const MIB = 1024 * 1024;
const list = (length: number, keyId: number, publicKey: number) =>
  Array.from({ length }, (_, n) => ({ keyId: `${n}`.padEnd(keyId, 'k'), publicKey: 'M'.repeat(publicKey) }));

/** Each with another field that a peer can make long. */
const BODIES: Record<string, object> = {
  keyId: { keys: list(1, MIB, 160) },
  publicKey: { keys: list(1, 3, MIB) },
  'many keys': { keys: list(256, 512, 1024) },
  name: { keys: [], name: 'n'.repeat(MIB) },
  etag: { keys: [] },
  body: { keys: [] },
};

async function main(): Promise<void> {
  const [root = '', count = '0'] = process.argv.slice(2);
  const cache = await openKeyCache(root, { onError: (error) => process.stderr.write(`${error}\n`) });
  const kinds = Object.keys(BODIES);
  let asked = 0;
  const fetchProfile = (async (idTag: string) => {
    const kind = kinds[asked % kinds.length] as string;
    asked += 1;
    const json = JSON.stringify({ idTag, ...BODIES[kind] });
    const body = kind === 'body' ? 'x'.repeat(MIB) + idTag : json;
    if (kind === 'body') throw new CloudilloError('peer.invalid', `it said ${body}`, { details: { body } });
    return {
      notModified: false,
      profile: parseProfile(JSON.parse(json)),
      etag: `"${kind === 'etag' ? body.padEnd(MIB) : ''}"`,
    };
  }) as FetchProfile;
  const clock = { wall: Date.now, monotonic: () => performance.now() };
  const resolver = createKeyResolver({ api: { fetchProfile }, cache, clock });
  for (let n = 0; n < Number(count); n += 1) {
    await resolver.resolve(`p${n}.test`, `${n}`.padEnd(n % 2 === 0 ? 512 : MIB, 'k')).catch((error) => {
      if (!(error instanceof CloudilloError)) throw error;
    });
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.stdout.write(`${JSON.stringify({ asked, size: cache.size, bytes: cache.bytes })}\n`);
  await cache.close();
}

main().catch((error) => {
  process.stderr.write(`${String(error?.stack)}\n`);
  process.exitCode = 1;
});
