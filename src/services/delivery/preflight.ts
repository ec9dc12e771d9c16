/** Checks that peers can fetch a tenant's profile before actions are sent. */
import { CloudilloError } from '../../protocol/errors.ts';
import { apiHost } from '../../protocol/id-tag.ts';
import { signingKey } from '../keys/sign.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Stages } from '../runtime/stages.ts';

type PreflightDeps = Pick<Deps, 'api' | 'identities' | 'clock'>;

/**
 * Checks that the public `/api/me` of a tenant answers, with the key that signs. A peer asks there as soon as it gets a token,
 * and remembers a failure: 5 minutes for a network error, an hour for a definite refusal (specification: Key fetching).
 * @throws CloudilloError `dns.*`, `network.*`, `tls.*`, `peer.*`; `peer.mismatch` when another server answers there
 */
export async function preflight({ api, identities, clock }: PreflightDeps, idTag: string): Promise<void> {
  const own = await identities.read(idTag);
  const key = own && signingKey(own, clock.wall());
  const { profile } = await api.fetchProfile(idTag);
  const published = profile?.keys.find(({ keyId }) => keyId === key?.keyId);
  if (profile?.idTag === idTag && (!key || published?.publicKey === key.publicKey)) return;
  throw new CloudilloError(
    'peer.mismatch',
    `https://${apiHost(idTag)}/api/me answers, but without the key of this home`,
    {
      stage: 'profile',
      hint: `Another server answers under this name: compare cloudillo fetch-profile ${idTag} with cloudillo key list --as ${idTag}`,
      details: { idTag, keyId: key?.keyId ?? null },
    },
  );
}

/**
 * The check of the tenant's `/api/me` as a stage. Its failure is returned, and then nothing is delivered now.
 * @returns null when peers can fetch the key
 */
export async function checkOwnProfile(
  deps: PreflightDeps,
  stages: Stages,
  tenant: string,
  wanted: boolean,
): Promise<CloudilloError | null> {
  if (!wanted) {
    stages.skip('preflight', '--no-preflight');
    return null;
  }
  try {
    await stages.run(
      'preflight',
      () => preflight(deps, tenant),
      () => `${tenant} answers in public`,
    );
    return null;
  } catch (error) {
    if (error instanceof CloudilloError) return error;
    throw error;
  }
}
