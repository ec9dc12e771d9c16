/** Whether the tenants of a home can sign, and whether peers find the key that signs. */
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import type { Profile } from '../../protocol/profile.ts';
import type { Deps } from '../runtime/deps.ts';
import { type KeyView, keyViews } from './key-view.ts';

/**
 * Why a tenant can't sign; null when it can. Only a server must have the passphrase of an encrypted key; without a
 * server its file is read.
 */
export async function signingProblem(
  { identities, signer, server }: Pick<Deps, 'identities' | 'signer' | 'server'>,
  idTag: string,
  keys: readonly KeyView[],
): Promise<CloudilloError | null> {
  const signing = keys.find(({ state }) => state === 'signing');
  if (!signing) return new CloudilloError('key.none', `${idTag} has no key that may sign`, { stage: 'key' });
  try {
    await identities.readPrivateKeyPem(idTag, signing.keyId);
    if (server.facts || !signing.encrypted) await signer.sign(idTag, { t: 'POST', c: '' });
    return null;
  } catch (cause) {
    if (cause instanceof CloudilloError) return cause;
    return new CloudilloError('key.unreadable', `key ${signing.keyId} can't be read`, { stage: 'key', cause });
  }
}

/** How the published keys differ from the one that signs, in words; null when it is among them, or nothing signs. */
export function unpublishedKey({ keys: published }: Pick<Profile, 'keys'>, own: readonly KeyView[]): string | null {
  const signing = own.find(({ state }) => state === 'signing');
  if (!signing) return null;
  const seen = published.find(({ keyId }) => keyId === signing.keyId);
  if (seen?.publicKey === signing.publicKey) return null;
  if (seen) return `another key is published under ${signing.keyId}`;
  return `published are: ${published.map(({ keyId }) => keyId).join(', ') || 'none'}`;
}

/** The most tenants that are checked at a start. "status" checks all of them. */
const MOST_CHECKED = 20;

/** Logs each tenant that can't sign, or whose key the network doesn't see: what it signs is refused everywhere. */
export async function logOwnKeys(
  deps: Pick<Deps, 'identities' | 'signer' | 'server' | 'api' | 'clock' | 'log'>,
  ending: AbortSignal,
): Promise<void> {
  const { identities, api, clock, log } = deps;
  for (const identity of (await identities.list()).slice(0, MOST_CHECKED)) {
    const { idTag } = identity;
    const keys = keyViews(identity, clock.wall());
    const problem = await signingProblem(deps, idTag, keys);
    if (problem) log('warn', 'an identity can not sign', { idTag, error: errorToObject(problem) });
    if (ending.aborted) return;
    if (problem) continue;
    // Whether it can be reached from here is no matter of its keys.
    const fetched = await api.fetchProfile(idTag).catch(() => null);
    const why = fetched && unpublishedKey(fetched.profile, keys);
    if (!why || ending.aborted) continue;
    const hint = `At the address of ${idTag} another home or an old answer is served. See: cloudillo doctor`;
    const keyId = keys.find(({ state }) => state === 'signing')?.keyId;
    log('warn', 'the key that signs is not published: peers refuse what it signs', { idTag, keyId, why, hint });
  }
}
