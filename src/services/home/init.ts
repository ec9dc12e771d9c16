/** Creates a home, its identities and their first keys. */
import type { Clock } from '../../protocol/clock.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { API_PREFIX, parseIdTag } from '../../protocol/id-tag.ts';
import {
  exportPrivateKey,
  exportPublicKey,
  fingerprint,
  generateKeyPair,
  importPublicKey,
  nextKeyId,
} from '../../protocol/keys.ts';
import { canCreateHome, createHome } from '../../store/home/home.ts';
import { createIdentities } from '../../store/identities/identities.ts';
import type { Identity, IdentityKey } from '../../store/identities/identity-document.ts';
import { type SuggestedRecord, suggestRecords } from '../dns/dns-records.ts';
import { displayName } from '../profiles/display-name.ts';

/** The parts that `init` needs. */
export interface InitDeps {
  /** The home directory; it is created when it is missing. */
  home: string;
  clock: Clock;
}

/** The identity to create. */
export interface InitInput {
  /** Any spelling; stored canonically. */
  idTag: string;
  /** Display name; default: the first label of the idTag. */
  name?: string;
  /** Default `person`. */
  type?: Identity['type'];
  /** Encrypts the key file. */
  passphrase?: string;
  /** An existing identity with the same name and type is a success. */
  existOk?: boolean;
  /** Report only; change nothing. */
  dryRun?: boolean;
  /** Where the server is reached: IPv4, IPv6 or a host name, for the DNS records. */
  address?: string[];
  /** The home is in a network of its own: private addresses are reached there. */
  ownNetwork?: boolean;
}

/** What was created, or would be. It contains no secret. */
export interface InitResult {
  home: string;
  idTag: string;
  name: string;
  type: Identity['type'];
  /** False in a dry run, and when the home existed. */
  homeCreated: boolean;
  /** False in a dry run, and when the identity existed. */
  created: boolean;
  dryRun: boolean;
  /** The newest key. In a dry run only its future ID is known. */
  key: { keyId: string; fingerprint: string | null; publicKey: string | null; encrypted: boolean };
  dns: SuggestedRecord[];
}

/**
 * Creates an instance: home, identity and first key; in an existing home a further identity.
 * @throws CloudilloError `usage.id-tag`, `usage.name`, `usage.address`, `home.identity-exists`, `home.identity-differs`, and what
 * `createHome` throws
 */
export async function initInstance({ home, clock }: InitDeps, input: InitInput): Promise<InitResult> {
  const idTag = parseIdTag(input.idTag);
  assertNoApiHost(idTag);
  const name = displayName(input.name ?? idTag.split('.', 1)[0] ?? idTag);
  const type = input.type ?? 'person';
  const now = clock.wall();
  const dns = suggestRecords(idTag, input.address ?? [], { anyAddress: input.ownNetwork ?? false });
  const homeThere = !(await canCreateHome(home));
  const base = { home, idTag, dns, dryRun: input.dryRun ?? false };

  const existing = homeThere ? await createIdentities(home).read(idTag) : null;
  if (existing) {
    assertSame(existing, input);
    const unchanged = { name: existing.name, type: existing.type, homeCreated: false, created: false };
    return { ...base, ...unchanged, key: describe(existing) };
  }
  if (input.dryRun) {
    const key = { keyId: nextKeyId(new Date(now), []), fingerprint: null, publicKey: null };
    const encrypted = input.passphrase !== undefined;
    return { ...base, name, type, homeCreated: false, created: false, key: { ...key, encrypted } };
  }

  const homeCreated = !homeThere && (await createHome(home, new Date(now)));
  const identity = await createIdentity(home, { idTag, name, type }, input.passphrase, now).catch((error: unknown) => {
    // Another `init` of the same name was faster: the identity is treated as one that existed before.
    if (error instanceof CloudilloError && error.code === 'home.identity-exists') return null;
    throw error;
  });
  if (!identity) return initInstance({ home, clock }, input);
  return { ...base, name, type, homeCreated, created: true, key: describe(identity) };
}

/** Its app domain would be the API host of another identity, so its requests would never arrive as its own. */
function assertNoApiHost(idTag: string): void {
  if (!idTag.startsWith(API_PREFIX)) return;
  const meant = idTag.slice(API_PREFIX.length);
  throw new CloudilloError('usage.id-tag', `${idTag} can't be an identity: it is the API host of ${meant}`, {
    stage: 'input',
    hint: `The identity is the name without ${API_PREFIX}: cloudillo init ${meant}`,
    details: { idTag },
  });
}

async function createIdentity(
  home: string,
  profile: Pick<Identity, 'idTag' | 'name' | 'type'>,
  passphrase: string | undefined,
  now: number,
): Promise<Identity> {
  const { privateKey, publicKey } = generateKeyPair();
  const createdAt = new Date(now).toISOString();
  const key: IdentityKey = {
    keyId: nextKeyId(new Date(now), []),
    publicKey: exportPublicKey(publicKey, 'wire'),
    createdAt,
    ...(passphrase !== undefined && { encrypted: true }),
  };
  return createIdentities(home).create(
    { ...profile, createdAt, keys: [key] },
    exportPrivateKey(privateKey, passphrase),
  );
}

/** Accepts an existing identity when that was asked for and nothing differs. */
function assertSame(existing: Identity, input: InitInput): void {
  if (!input.existOk) {
    throw new CloudilloError('home.identity-exists', `${existing.idTag} is an identity of this home already`, {
      stage: 'home',
      hint: 'Add --exist-ok to make that a success, or name another identity',
    });
  }
  const differs = (['name', 'type'] as const).filter(
    (field) => input[field] !== undefined && input[field] !== existing[field],
  );
  if (differs.length > 0) {
    throw new CloudilloError(
      'home.identity-differs',
      `${existing.idTag} exists already with another ${differs.join(' and ')}`,
      { stage: 'home', hint: `Nothing was changed. It has name "${existing.name}" and type ${existing.type}` },
    );
  }
}

function describe(identity: Identity): InitResult['key'] {
  const key = identity.keys.at(-1);
  if (!key) {
    throw new CloudilloError('key.none', `${identity.idTag} has no key`, {
      stage: 'key',
      hint: `Make one with: cloudillo keygen --as ${identity.idTag} --rotate`,
    });
  }
  const { keyId, publicKey, encrypted } = key;
  return { keyId, fingerprint: fingerprint(importPublicKey(publicKey)), publicKey, encrypted: encrypted ?? false };
}
