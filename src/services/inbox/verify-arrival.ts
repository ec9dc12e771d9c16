/** Verifies an arriving token in three stages. Only the stage `key` may send a request. */
import { type ResolvedKey, resolveAgain } from '../../federation/keys/key-resolver.ts';
import { keyFailed } from '../../protocol/check.ts';
import { CloudilloError, refusedAt } from '../../protocol/errors.ts';
import { type ActionClaims, type DecodedToken, decodeToken } from '../../protocol/token.ts';
import { type Check, type CheckId, checkWithKey, checkWithoutKey, firstFailure } from '../../protocol/verify.ts';
import { StageList } from '../runtime/stage-list.ts';
import {
  type CheckedArrival,
  type DecodedArrival,
  type KeyedArrival,
  refusedIn,
  type VerifiedArrival,
} from './arrival.ts';
import { type ArrivalFacts, watchInto } from './arrival-facts.ts';
import type { InboxDeps } from './inbox-deps.ts';

type VerifyDeps = Pick<InboxDeps, 'keyResolver' | 'clock' | 'verification' | 'keyFetches'>;

/** The checks before the key. A token that fails one isn't worth a request to its issuer's server. */
const BEFORE_KEY: ReadonlySet<CheckId> = new Set([
  'format',
  'algorithm',
  'claims',
  'issuer',
  'audience',
  'proof-of-work',
]);

/** Decodes a token, which is the check `format`. @throws CloudilloError `token.malformed` */
export function decodedOf(token: string): DecodedToken {
  try {
    return decodeToken(token);
  } catch (error) {
    throw error instanceof CloudilloError ? refusedAt(error, { check: 'format' }) : error;
  }
}

/**
 * Makes the checks that need no key. @throws CloudilloError `token.*` with the first failed check before the key (specification:
 * Verification)
 */
export function checkToken({ clock }: Pick<VerifyDeps, 'clock'>, arrival: DecodedArrival): CheckedArrival {
  const { tenant, origin, decoded, sender } = arrival;
  const checks = checkWithoutKey(decoded, {
    now: Math.floor(clock.wall() / 1000),
    powLevel: sender?.powLevel() ?? 0,
    recipient: origin === 'related' ? undefined : tenant,
    terse: true,
  });
  if (arrival.facts) arrival.facts.checks = checks;
  assertPassed(checks.filter(({ id }) => BEFORE_KEY.has(id)));
  const checked = arrival as CheckedArrival;
  checked.claims = decoded.claims as ActionClaims;
  checked.checks = checks;
  return checked;
}

/** How long a request waits for the issuer's key, milliseconds (specification: Parked tokens). Senders wait 10 s for their answer. */
const KEY_WAIT = 5_000;

/**
 * Waits for a key no longer than the sender surely waits. The fetch goes on, so that its key is there when the token is verified again.
 * @throws CloudilloError `network.timeout`, for which the token is parked; as `fetch`
 */
async function inTime<T>({ origin, claims: { iss } }: CheckedArrival, fetch: () => Promise<T>): Promise<T> {
  // Nobody waits for what comes from parking.
  if (origin === 'parked') return fetch();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `${iss} did not answer with its keys within ${KEY_WAIT} ms`;
    timer = setTimeout(() => reject(new CloudilloError('network.timeout', message, { stage: 'profile' })), KEY_WAIT);
  });
  try {
    return await Promise.race([fetch(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Finds the issuer's key: in memory, else in its profile.
 * @throws CloudilloError `rate.busy`; as the key resolver (`dns.*`, `network.*`, `tls.*`, `peer.*`)
 */
export async function findKey({ keyFetches, keyResolver }: VerifyDeps, arrival: CheckedArrival): Promise<KeyedArrival> {
  const { iss, k } = arrival.claims;
  try {
    const keyed = arrival as KeyedArrival;
    keyed.issuerKey = await inTime(arrival, () => keyFetches.run(() => keyResolver.resolve(iss, k)));
    return keyed;
  } catch (error) {
    if (!(error instanceof CloudilloError)) throw error;
    // The stage of the error says which step to the issuer failed.
    const { check = 'key', stage: step } = error;
    throw refusedAt(error, { check, ...(check === 'key' && step && { facts: { step } }) });
  }
}

/**
 * Verifies the signature. A cached key that doesn't fit may have been rotated, or replaced under the same ID: it is fetched
 * again.
 * @throws CloudilloError `token.*` with the first failed check, except `recipient`; `rate.busy`; while it is unknown whether the
 *   key was replaced, `peer.key-unsettled` or the error of fetching it
 */
export async function checkSignature(deps: VerifyDeps, arrival: KeyedArrival): Promise<VerifiedArrival> {
  const { claims, decoded, issuerKey: first } = arrival;
  const check = ({ key }: ResolvedKey): Promise<Check[]> =>
    deps.verification.run(() => checkWithKey(decoded, arrival.checks, { key, terse: true }));
  let issuerKey = first;
  let checks = await check(first);
  if (first.source === 'cache' && keyFailed(checks)) {
    const { iss, k } = claims;
    const again = await inTime(arrival, () => deps.keyFetches.run(() => resolveAgain(deps.keyResolver, iss, k)));
    if (again) {
      issuerKey = { ...first, ...again };
      checks = await check(again);
      if (again.key && again.refreshAfter !== undefined && keyFailed(checks))
        throw unsettled(claims, again.refreshAfter);
    }
  }
  const { facts } = arrival;
  if (facts) {
    const { key, source, profile } = issuerKey;
    facts.checks = checks;
    facts.key = { id: key?.keyId ?? claims.k, source, profile };
    facts.verified = checks.some(({ id, status }) => id === 'signature' && status === 'pass');
  }
  assertPassed(checks.filter(({ id }) => id !== 'recipient'));
  arrival.checks = checks;
  arrival.issuerKey = issuerKey;
  return arrival;
}

/** This doesn't count against the sender: the issuer may have replaced the key within the last minute. */
function unsettled({ iss, k }: ActionClaims, retryAfter: number): CloudilloError {
  const message = `The token doesn't fit key ${k} of ${iss} as it was fetched, and ${iss} can be asked again in ${retryAfter} s`;
  return new CloudilloError('peer.key-unsettled', message, { stage: 'signature', retryAfter });
}

const VERIFICATION = StageList.of<VerifyDeps, DecodedArrival, never>(refusedIn)
  .stage('checks', checkToken)
  .stage('key', findKey)
  .stage('signature', checkSignature);

/**
 * Verifies a token that no inbox accepts, such as PROXY.
 * @param facts gets what the stages find out
 * @throws CloudilloError as the three stages
 */
export async function verifyArrival(
  deps: VerifyDeps,
  decoded: DecodedToken,
  facts: ArrivalFacts,
): Promise<VerifiedArrival> {
  const { token, actionId } = decoded;
  // The caller checks the recipient.
  const arrival = { tenant: '', origin: 'related', token, decoded, actionId, facts } as const;
  return VERIFICATION.run(deps, arrival, watchInto(facts));
}

/** Throws when a check failed. @throws CloudilloError of the first failed check */
export function assertPassed(checks: Check[]): void {
  const failure = firstFailure(checks);
  if (!failure) return;
  throw new CloudilloError(failure.code, failure.reason, { stage: 'checks', check: failure.id });
}
