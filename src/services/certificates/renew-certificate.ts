/** Renews the certificates that are due, and notes how that went. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { invalid } from '../../federation/acme/acme-answer.ts';
import { isUnknownAccount } from '../../federation/acme/authority.ts';
import { parseRetryAfter } from '../../federation/http/retry-after.ts';
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import { type RenewalState, writeAcmeCertificate, writeRenewal } from '../../store/identities/acme-files.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Pause } from '../runtime/pause.ts';
import { type CertificateProblem, certificateProblems } from './certificate-problems.ts';
import type { Challenges } from './challenges.ts';
import { obtainCertificate } from './obtain-certificate.ts';
import { type OpenAccount, openAccount } from './open-account.ts';
import { proverOf } from './provers.ts';
import { renewalId } from './renewal-id.ts';
import { isDue, nextAttempt, nextQuestion, renewalInWindow, withinLifetime } from './renewal-policy.ts';
import { namesOf, orderedChain, renewedState, validityOf } from './renewal-state.ts';
import type { CertifiedKey } from './x509.ts';

/** What a renewal needs. */
export interface RenewDeps extends Pick<Deps, 'home' | 'settings' | 'clock' | 'log' | 'observer'> {
  challenges: Challenges;
  /** Takes new certificates into use. */
  reload(): Promise<void>;
  pause: Pause;
  /** A number in [0, 1). */
  random(): number;
}

/** A look at all identities. */
export interface Round {
  /** Renews what is due, and asks the authority when it wants that. @returns the state from now on. It never rejects */
  attend(idTag: string, state: RenewalState): Promise<RenewalState>;
  end(): void;
}

/** Begins a look. The authority is opened once for all identities, and when it can't be, once for all of them, too. */
export function createRound(deps: RenewDeps, signal: AbortSignal): Round {
  const { home, clock, log } = deps;
  let opened: Promise<OpenAccount> | undefined;
  const account = () => {
    opened ??= openAccount(deps, signal);
    return opened;
  };
  let notBefore: number | null = null;

  async function note(idTag: string, state: RenewalState): Promise<RenewalState> {
    try {
      await writeRenewal(home, idTag, state);
    } catch (error) {
      // It holds in memory. To begin anew would order certificates one after the other while the disk is full.
      log('error', 'the time of the next renewal could not be noted', { idTag, error: errorToObject(error) });
    }
    return state;
  }

  async function renew(idTag: string, state: RenewalState): Promise<RenewalState> {
    try {
      // A disk that takes no writes would lose the certificate, and an authority issues a few a week.
      await writeRenewal(home, idTag, state);
      const renewed = await replace(deps, idTag, await account(), signal);
      log('info', 'certificate issued', { idTag, nextAt: new Date(renewed.nextAt).toISOString() });
      return await note(idTag, renewed);
    } catch (error) {
      if (signal.aborted) return state;
      const failed = failedState(state, error, clock.wall(), deps.random());
      if (error instanceof CloudilloError && error.code === 'acme.limited') notBefore = failed.notBefore;
      const nextAt = new Date(Math.max(failed.nextAt, failed.notBefore ?? 0)).toISOString();
      log('error', 'no new certificate: what is there stays in use', { idTag, error: errorToObject(error), nextAt });
      return note(idTag, failed);
    }
  }

  return {
    async attend(idTag, state) {
      if (notBefore !== null && notBefore > clock.wall()) return { ...state, notBefore };
      if (isDue(state, clock.wall())) return renew(idTag, state);
      if (state.askAt === null || state.askAt > clock.wall()) return state;
      return note(idTag, await askedState(deps, idTag, state, account));
    },
    end: () => void opened?.then(({ close }) => close()).catch(() => {}),
  };
}

/** Gets a new certificate, checks it, and takes it into use. */
async function replace(
  deps: RenewDeps,
  idTag: string,
  { authority, renew }: OpenAccount,
  signal: AbortSignal,
): Promise<RenewalState> {
  const { home, settings, clock, pause } = deps;
  const old = await orderedChain(home, idTag);
  const tells = authority.directory.renewalInfo !== null;
  const input = {
    names: namesOf(idTag),
    replaces: tells && old !== null ? await renewalId(old) : null,
    prover: proverOf(deps, signal),
    ...{ now: clock.wall, pause, signal },
  };
  const pair = await obtainCertificate(authority, input).catch(async (error: unknown) => {
    if (!isUnknownAccount(error)) throw error;
    await renew();
    return obtainCertificate(authority, input);
  });
  assertUsable(pair, input.names, settings.acme.directory, clock.wall());
  await writeAcmeCertificate(home, idTag, pair.cert, pair.key);
  await deps.reload();
  return renewedState(settings.acme.directory, pair.cert, { now: clock.wall(), random: deps.random(), asks: tells });
}

/** The old certificate is replaced only by one that can be used. */
export function assertUsable({ cert, key }: CertifiedKey, names: readonly string[], url: string, now: number): void {
  // Another key in the chain would be taken for ours: both are in one file.
  if (/-----BEGIN (?!CERTIFICATE-----)/.test(cert)) throw invalid({ url }, 'its chain holds more than certificates');
  const [problem] = problemsOf(cert, names, url, now);
  if (problem) throw invalid({ url }, `its certificate ${problem.message}`);
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw invalid({ url }, 'its certificate is for another key');
  }
}

function problemsOf(cert: string, names: readonly string[], url: string, now: number): CertificateProblem[] {
  try {
    return certificateProblems(cert, { names, authorities: null, now });
  } catch {
    throw invalid({ url }, 'its chain is no certificate in PEM');
  }
}

function failedState(state: RenewalState, error: unknown, now: number, random: number): RenewalState {
  const { code, message, hint = null, cause } = errorToObject(error);
  const failures = state.failures + 1;
  const retryAt = error instanceof CloudilloError ? (error.retryAt ?? null) : null;
  return {
    ...state,
    nextAt: nextAttempt(failures, now, random),
    notBefore: retryAt,
    failures,
    failedAt: now,
    error: { code, message: cause === undefined ? message : `${message}: ${cause}`, hint },
  };
}

/** Asks the authority when it wants the renewal (RFC 9773). Where it doesn't say, the time stays. */
async function askedState(
  { home, clock, log, random }: RenewDeps,
  idTag: string,
  state: RenewalState,
  account: () => Promise<OpenAccount>,
): Promise<RenewalState> {
  const now = clock.wall();
  try {
    const { authority } = await account();
    const chain = await orderedChain(home, idTag);
    const { renewalInfo } = authority.directory;
    const id = chain === null ? null : await renewalId(chain);
    if (chain === null || id === null || renewalInfo === null) return { ...state, askAt: null };
    const { start, end, retryAfter } = await authority.renewalInfo(`${renewalInfo}/${id}`);
    const askAt = nextQuestion(parseRetryAfter(retryAfter, now), now);
    // A time within the window was chosen at random already.
    if (state.nextAt >= start && state.nextAt <= end) return { ...state, askAt };
    const nextAt = withinLifetime(renewalInWindow({ start, end }, now, random()), {
      issuedAt: state.issuedAt ?? now,
      validity: validityOf(new X509Certificate(chain)),
    });
    log('info', 'the authority names the time of the renewal', { idTag, nextAt: new Date(nextAt).toISOString() });
    return { ...state, askAt, nextAt };
  } catch (error) {
    log('warn', 'the authority did not say when to renew', { idTag, error: errorToObject(error) });
    return { ...state, askAt: nextQuestion(undefined, now) };
  }
}
