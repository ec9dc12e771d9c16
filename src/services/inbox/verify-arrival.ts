import { CloudilloError } from '../../protocol/errors.ts';
import type { ActionClaims, DecodedToken } from '../../protocol/token.ts';
import {
  type Check,
  type CheckId,
  checkWithKey,
  checkWithoutKey,
  firstFailure,
  type VerificationKey,
} from '../../protocol/verify.ts';
import type { KnownProfile } from '../peers/peer-event.ts';
import type { InboxDeps } from './inbox-deps.ts';

/** What verification found out besides "yes". */
export interface Verified {
  claims: ActionClaims;
  /** What the issuer calls itself. */
  profile: KnownProfile | undefined;
}

/** What a token is checked against. */
export interface VerifyArrivalOptions {
  /** The inbox's identity; absent for tokens that came along with another. */
  recipient?: string | undefined;
  powLevel?: number;
}

type VerifyDeps = Pick<InboxDeps, 'keyResolver' | 'clock' | 'verification' | 'keyFetches'>;

/** What comes before the key: a token that fails there isn't worth asking somebody's server about. */
const BEFORE_KEY: ReadonlySet<CheckId> = new Set([
  'format',
  'algorithm',
  'claims',
  'issuer',
  'audience',
  'proof-of-work',
]);

/**
 * Verifies a token in order (specification: Verification), fetching its issuer's key when it isn't cached.
 * @throws CloudilloError `token.*` with the first check that failed; `rate.busy`; and, when the key couldn't be fetched,
 * what the key resolver throws (`dns.*`, `network.*`, `tls.*`, `peer.*`)
 */
export async function verifyArrival(
  deps: VerifyDeps,
  decoded: DecodedToken,
  { recipient, powLevel = 0 }: VerifyArrivalOptions,
): Promise<Verified> {
  const now = Math.floor(deps.clock() / 1000);
  const before = checkWithoutKey(decoded, { now, powLevel, recipient });
  assertPassed(before.filter(({ id }) => BEFORE_KEY.has(id)));
  const claims = decoded.claims as ActionClaims;

  const check = (key: VerificationKey | null): Promise<Check[]> =>
    deps.verification.run(() => checkWithKey(decoded, before, { key }));
  const resolved = await deps.keyFetches.run(() => deps.keyResolver.resolve(claims.iss, claims.k));
  let checks = await check(resolved.key);
  let { profile } = resolved;
  if (resolved.source === 'cache' && keyFailed(checks)) {
    // Rotated, or replaced under the same ID, since it was cached.
    const again = await refreshed(deps, claims);
    if (again) {
      profile = again.profile ?? profile;
      checks = await check(again.key);
    }
  }
  assertPassed(checks);
  return { claims, profile };
}

function keyFailed(checks: Check[]): boolean {
  return checks.some(({ id, status }) => status === 'fail' && (id === 'key' || id === 'signature'));
}

async function refreshed(deps: VerifyDeps, { iss, k }: ActionClaims) {
  try {
    return await deps.keyFetches.run(() => deps.keyResolver.resolve(iss, k, { refresh: true }));
  } catch (error) {
    // The verdict by the cached key stands: anybody can send a token that no key fits while an issuer is away.
    if (error instanceof CloudilloError) return null;
    throw error;
  }
}

function assertPassed(checks: Check[]): void {
  const failure = firstFailure(checks);
  if (!failure) return;
  throw new CloudilloError(failure.code, failure.reason, {
    stage: failure.id === 'signature' ? 'signature' : 'token',
  });
}
