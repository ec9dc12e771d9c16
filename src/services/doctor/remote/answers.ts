/** Checks of what an instance answers. */
import { probeBus } from '../../../federation/bus/probe-bus.ts';
import { peerUrl } from '../../../federation/peer/peer-url.ts';
import { createFetchProfile } from '../../../federation/peer/profile-api.ts';
import { durationText } from '../../../protocol/duration.ts';
import { isCodeOf } from '../../../protocol/error-table.ts';
import { CloudilloError } from '../../../protocol/errors.ts';
import { LARGE_PROBE_TOKEN, PROBE_TOKEN } from '../../../protocol/probe-token.ts';
import { type KeyReport, profileReport } from '../../inspect/fetch-profile.ts';
import { ill, type Outcome, type Skipped, well } from '../finding.ts';
import { isAboutContent } from './addresses.ts';
import { requestFault } from './errors.ts';
import { goodAnswer, goodRequester, type Look } from './look.ts';

const DAY = 86_400;
/** An ID that no action has: nobody knows bytes with this hash. */
const NO_ACTION = `a1~${'A'.repeat(43)}`;

/** Whether the profile is that of the identity, in the form of the protocol. */
export async function profileCheck(look: Look): Promise<Outcome> {
  const good = goodAnswer(look);
  const wrong = look.answers.filter(({ error }) => error !== null && isAboutContent(error));
  if (!good) return { faults: wrong.slice(0, 1).map(({ error }) => requestFault(error)), stops: true };
  const { name, type } = good.fetched.profile;
  if (wrong.length === 0) return well(`${name} (${type})`);
  const faults = wrong.map(({ error, address }) => {
    const { code, evidence } = requestFault(error);
    return {
      fault: 'address-elsewhere' as const,
      code,
      evidence: [`at ${address}: ${evidence[0]}`],
      facts: { address },
    };
  });
  return { faults, explains: false };
}

/** Whether all keys are usable, and one of them stays valid for long enough. */
export async function keysCheck(look: Look): Promise<Outcome> {
  const good = goodAnswer(look);
  if (!good) return well();
  const now = look.deps.clock.wall();
  return judgeKeys(profileReport(good.fetched, now).keys, look.input.minValidity, now / 1000);
}

function judgeKeys(keys: readonly KeyReport[], minValidity: number, now: number): Outcome {
  const broken = keys.find(({ usable }) => !usable);
  if (broken) return ill('key-curve', 'check.keys', `key ${broken.keyId}: ${broken.problem?.reason ?? 'not usable'}`);
  const last = keys.filter(({ expired }) => !expired).sort((a, b) => endOf(b) - endOf(a))[0];
  if (keys.length === 0) return ill('no-key', 'check.keys', 'none is published');
  if (!last) {
    const ended = keys.map(({ keyId, expiresAt }) => `${keyId} on ${expiresAt}`);
    return ill('keys-expired', 'check.keys', `all of them have expired: ${ended.join(', ')}`);
  }
  if (last.expiresAt === null) return well(`${last.keyId} signs, no expiry`);
  const days = Math.floor((Date.parse(last.expiresAt) / 1000 - now) / DAY);
  const told = `${last.keyId} signs until ${last.expiresAt} (in ${days} days)`;
  if (endOf(last) - now * 1000 >= minValidity) return well(told);
  return ill('key-ends', 'check.keys', `${told}; at least ${durationText(minValidity)} is asked for`);
}

function endOf({ expiresAt }: KeyReport): number {
  return expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
}

/** Whether the profile can be cached. */
export async function cachingCheck(look: Look): Promise<Outcome> {
  const etag = goodAnswer(look)?.fetched.etag ?? null;
  if (etag === null) return ill('no-cache', 'check.caching', 'the profile has no ETag');
  return asked(async () => {
    const { notModified } = await createFetchProfile(goodRequester(look))(look.input.idTag, { etag });
    if (notModified) return well('the profile has an ETag, and asking with it is answered 304');
    return ill('no-cache', 'check.caching', `asking with the profile's ETag ${etag} is answered with all of it`);
  });
}

/** Whether `/.well-known/cloudillo/id-tag` of the app domain names the identity. */
export async function appDomainCheck({ deps, appHost, input, probes }: Look): Promise<Outcome | Skipped> {
  const { idTag, appDomain = idTag } = input;
  const taken = probes.get(appHost) ?? [];
  if (taken.length > 0 && taken.every(({ outcome }) => outcome !== 'connected')) {
    return { skipped: 'not made: see tls', stoppedBy: taken.some((one) => one.taken) ? 'tls' : 'tcp' };
  }
  if (taken.length === 0) return { skipped: 'not made: see dns', stoppedBy: 'dns' };
  return asked(async () => {
    const response = await deps.requester.get(`https://${appHost}/.well-known/cloudillo/id-tag`);
    const named = (response.json() as { idTag?: unknown } | null)?.idTag;
    if (named === idTag) return well(`${appDomain} names ${idTag}`);
    const found = typeof named === 'string' ? `names ${named.slice(0, 80)}` : 'names no identity';
    return ill('app-domain-other', 'check.app-domain', `${appDomain} ${found}`);
  });
}

/** Whether a missing resource is answered in the error form (specification: Envelope and errors). */
export async function errorsCheck(look: Look): Promise<Outcome> {
  return asked(async () => {
    const url = peerUrl(look.input.idTag, `/api/actions/${NO_ACTION}`);
    const answer = await goodRequester(look).get(url, { expect: [200, 400, 401, 403, 404] });
    const code = (answer.json() as { error?: { code?: unknown } } | null)?.error?.code;
    const isForm = typeof code === 'string' && code.startsWith('E-');
    const told = `an unknown action is answered ${answer.status}${isForm ? ` ${code}` : ', not in the error form'}`;
    if (answer.status !== 404 || !isForm) return ill('error-form', 'check.errors', told);
    if (!(await takesAnyBearer(look))) return well(told);
    return ill(
      'bearer-ignored',
      'check.errors',
      'GET /api/actions with a bearer that is none is answered 200, not 401',
    );
  });
}

/** Whether a bearer that nobody gave out is taken as well: it doesn't arrive, or isn't looked at. */
export async function takesAnyBearer(look: Look): Promise<boolean> {
  try {
    const url = peerUrl(look.input.idTag, '/api/actions', { limit: 1 });
    await goodRequester(look).get(url, { bearer: 'cloudillo-probe', expect: [200] });
    return true;
  } catch (error) {
    requestFault(error);
    return false;
  }
}

/** Statuses and codes with which inboxes refuse an invalid token (specification: Inbox). The network answers 500. */
const REFUSES_TEXT = new Set(['E-VAL-INVALID', 'E-AUTH-UNAUTH', 'E-CORE-PARSE']);

/** What a server says of a body without a token: something between has dropped or changed the one that was sent. */
const NO_BODY =
  /\bbody must be\b|\bbody is no JSON\b|\brequired property 'token'|\bmissing field `token`|\bEOF while parsing\b/;

/**
 * Whether the inbox takes a token as far as decoding it. What is sent can't be decoded, so that nothing is verified or counted: a token with a
 * bad signature would count towards a ban of this address.
 */
export async function inboxCheck(look: Look): Promise<Outcome> {
  try {
    const url = peerUrl(look.input.idTag, '/api/inbox/sync');
    const { status } = await goodRequester(look).post(url, { token: PROBE_TOKEN });
    return ill('no-inbox', 'check.inbox', `an invalid token is answered ${status}, as if it were one`);
  } catch (error) {
    const fault = requestFault(error);
    const { peerCode, status, peerMessage } = error instanceof CloudilloError ? (error.details ?? {}) : {};
    if (NO_BODY.test(String(peerMessage))) {
      const evidence = `a body with a token is answered ${status} ${peerCode}: ${peerMessage}`;
      return ill('no-inbox', 'check.inbox', [evidence, 'The server got another body than was sent']);
    }
    if (typeof peerCode === 'string' && REFUSES_TEXT.has(peerCode))
      return (await largeBody(look)) ?? well(`an invalid token is answered ${status} ${peerCode}`);
    const other = fault.fault === 'not-cloudillo' || fault.fault === 'unknown-host' || fault.fault === 'refuses';
    return { faults: [other ? { ...fault, fault: 'no-inbox', code: 'check.inbox' } : fault] };
  }
}

/** A body that is as large as an action may be, after a small one has arrived. null: it arrives, too, or that can't be told. */
async function largeBody(look: Look): Promise<Outcome | null> {
  try {
    await goodRequester(look).post(peerUrl(look.input.idTag, '/api/inbox/sync'), { token: LARGE_PROBE_TOKEN });
    return null;
  } catch (error) {
    const { code, evidence } = requestFault(error);
    const { status, peerCode } = error instanceof CloudilloError ? (error.details ?? {}) : {};
    const isLost = isCodeOf(code, 'network') || status === 413 || (peerCode === undefined && status !== 429);
    if (!isLost) return null;
    const told = `a body of ${PROBE_TOKEN.length} bytes arrives, one of ${LARGE_PROBE_TOKEN.length} bytes doesn't`;
    return ill('large-body', code, [told, ...evidence]);
  }
}

/** Whether the WebSocket bus can be opened. */
export async function websocketCheck(look: Look): Promise<Outcome> {
  const { deps, input } = look;
  try {
    const { timeout } = deps.requester;
    await probeBus(input.idTag, {
      ...{ network: deps.network, timeout, observer: deps.observer },
      only: goodAnswer(look) ?? undefined,
    });
    return well('the bus can be opened');
  } catch (error) {
    const fault = requestFault(error);
    const { peerCode } = error instanceof CloudilloError ? (error.details ?? {}) : {};
    if (peerCode === 'E-AUTH-UNAUTH' || peerCode === 'E-AUTH-NOPERM') return well('the bus refuses guests');
    return { faults: [{ ...fault, fault: fault.fault === 'banned' ? 'banned' : 'no-upgrade' }] };
  }
}

/** An outcome of requests, whose failures are part of it. */
async function asked(ask: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await ask();
  } catch (error) {
    return { faults: [requestFault(error)] };
  }
}
