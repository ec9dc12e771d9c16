/** Verification of an arriving token, in three stages; only `key` may ask another server. */
import type { ResolvedKey } from '../../federation/keys/key-resolver.ts';
import { CloudilloError, refusedAt } from '../../protocol/errors.ts';
import type { ActionClaims, DecodedToken } from '../../protocol/token.ts';
import { type Check, type CheckId, checkWithKey, checkWithoutKey, firstFailure } from '../../protocol/verify.ts';
import { StageList } from '../runtime/stage-list.ts';
import {
  type CheckedArrival,
  type DecodedArrival,
  type KeyedArrival,
  refusedIn,
  type VerifiedArrival,
} from './arrival.ts';
import type { InboxDeps } from './inbox-deps.ts';

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

/** @throws CloudilloError `token.*` with the first check before the key that failed (specification: Verification) */
export function checkToken({ clock }: Pick<VerifyDeps, 'clock'>, arrival: DecodedArrival): CheckedArrival {
  const { tenant, origin, decoded, sender } = arrival;
  const checks = checkWithoutKey(decoded, {
    now: Math.floor(clock.wall() / 1000),
    powLevel: sender?.powLevel() ?? 0,
    recipient: origin === 'related' ? undefined : tenant,
  });
  assertPassed(checks.filter(({ id }) => BEFORE_KEY.has(id)));
  return { ...arrival, claims: decoded.claims as ActionClaims, checks };
}

/**
 * Finds the issuer's key: in memory, else in its profile.
 * @throws CloudilloError `rate.busy`; what the key resolver throws (`dns.*`, `network.*`, `tls.*`, `peer.*`)
 */
export async function findKey({ keyFetches, keyResolver }: VerifyDeps, arrival: CheckedArrival): Promise<KeyedArrival> {
  const { iss, k } = arrival.claims;
  try {
    return { ...arrival, issuerKey: await keyFetches.run(() => keyResolver.resolve(iss, k)) };
  } catch (error) {
    if (!(error instanceof CloudilloError)) throw error;
    // Its own stage says how far we came on the way to the issuer.
    const { check = 'key', stage: step } = error;
    throw refusedAt(error, { check, ...(check === 'key' && step && { facts: { step } }) });
  }
}

/**
 * A key that was known before and doesn't fit may have been rotated, or replaced under the same ID: it is fetched again.
 * @throws CloudilloError `token.*` with the first check that failed, the recipient's aside; `rate.busy`; when it can't be told yet
 * whether the key was replaced, `peer.key-unsettled` or what fetching it threw
 */
export async function checkSignature(deps: VerifyDeps, arrival: KeyedArrival): Promise<VerifiedArrival> {
  const { claims, decoded, issuerKey: first } = arrival;
  const check = ({ key }: ResolvedKey): Promise<Check[]> =>
    deps.verification.run(() => checkWithKey(decoded, arrival.checks, { key }));
  let issuerKey = first;
  let checks = await check(first);
  if (first.source === 'cache' && keyFailed(checks)) {
    const again = await refreshed(deps, claims);
    if (again) {
      issuerKey = { ...first, ...again };
      checks = await check(again);
      if (again.key && again.refreshAfter !== undefined && keyFailed(checks))
        throw unsettled(claims, again.refreshAfter);
    }
  }
  assertPassed(checks.filter(({ id }) => id !== 'recipient'));
  return { ...arrival, checks, issuerKey };
}

/** It isn't held against the sender: the issuer may have replaced the key within the last minute. */
function unsettled({ iss, k }: ActionClaims, retryAfter: number): CloudilloError {
  const message = `The token doesn't fit key ${k} of ${iss} as it was fetched, and ${iss} can be asked again in ${retryAfter} s`;
  return new CloudilloError('peer.key-unsettled', message, { stage: 'signature', retryAfter });
}

const VERIFICATION = StageList.of<VerifyDeps, DecodedArrival, never>(refusedIn)
  .stage('checks', checkToken)
  .stage('key', findKey)
  .stage('signature', checkSignature);

/**
 * Verifies a token that is no action for an inbox, such as PROXY.
 * @throws CloudilloError as the three stages
 */
export async function verifyArrival(deps: VerifyDeps, decoded: DecodedToken): Promise<VerifiedArrival> {
  const { token, actionId } = decoded;
  // Whose recipient it has to be is for the caller to say.
  return VERIFICATION.run(deps, { tenant: '', origin: 'related', token, decoded, actionId });
}

function keyFailed(checks: Check[]): boolean {
  return checks.some(({ id, status }) => status === 'fail' && (id === 'key' || id === 'signature'));
}

/** @returns null when the issuer answers, but without a usable key: then the verdict by the key at hand stands */
async function refreshed(deps: VerifyDeps, { iss, k }: ActionClaims): Promise<ResolvedKey | null> {
  try {
    return await deps.keyFetches.run(() => deps.keyResolver.resolve(iss, k, { refresh: true }));
  } catch (error) {
    if (error instanceof CloudilloError && !error.retryable) return null;
    throw error;
  }
}

/** @throws CloudilloError the first check that failed */
export function assertPassed(checks: Check[]): void {
  const failure = firstFailure(checks);
  if (!failure) return;
  throw new CloudilloError(failure.code, failure.reason, { stage: 'checks', check: failure.id });
}
