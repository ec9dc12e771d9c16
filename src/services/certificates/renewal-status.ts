/** What `status` tells of the certificates that are ordered by themselves. */
import { acmeCertificatePath, type RenewalFailure } from '../../store/identities/acme-files.ts';
import type { Deps } from '../runtime/deps.ts';
import { hasOwnPair, renewalOf } from './renewal-state.ts';

/** When the certificate of an identity is renewed. */
export interface RenewalStatus {
  idTag: string;
  /** The file with the chain and its key. */
  path: string;
  /** The URL of the authority's directory. */
  directory: string;
  /** ISO 8601: the renewal, or the next attempt. */
  nextAt: string;
  /** Attempts that failed since the last success. */
  failures: number;
  /** ISO 8601. */
  failedAt: string | null;
  error: RenewalFailure | null;
}

/** Tells it of these identities, but of those with a pair of their own. @throws CloudilloError `store.document` | `store.io` */
export async function renewalStatuses(
  deps: Pick<Deps, 'home' | 'settings' | 'clock'>,
  idTags: readonly string[],
): Promise<RenewalStatus[]> {
  const { home, settings } = deps;
  if (!settings.acme.enabled) return [];
  return Promise.all(
    idTags
      .filter((idTag) => !hasOwnPair(deps, idTag))
      .map(async (idTag) => {
        const { directory, nextAt, notBefore, failures, failedAt, error } = await renewalOf(deps, idTag);
        return {
          ...{ idTag, path: acmeCertificatePath(home, idTag), directory, failures, error },
          nextAt: new Date(Math.max(nextAt, notBefore ?? 0)).toISOString(),
          failedAt: failedAt === null ? null : new Date(failedAt).toISOString(),
        };
      }),
  );
}
