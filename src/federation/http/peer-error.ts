/** The errors for answers of peers that are no success. */
import { CloudilloError } from '../../protocol/errors.ts';
import { CLOCKS_APART, clockAhead, clockHint } from './clock-difference.ts';
import { LONGEST_SECONDS } from './retry-after.ts';
import { excerpt } from './text-excerpt.ts';

/** An answer that is no success. */
export interface RefusedAnswer {
  host: string;
  method: string;
  /** The path without the query. */
  path: string;
  status: number;
  /** The first part of the body as text. */
  text: string;
  /** From `Retry-After`, in seconds. */
  retryAfter?: number | undefined;
  /** The header `Date`. */
  date?: string | null;
  /** When the answer arrived, unix milliseconds. */
  now: number;
  /** The programs that answered, as they name themselves. */
  by?: string | undefined;
  /** The peer's ID of the request. */
  requestId?: string | undefined;
  /** Sent texts that must not be shown when the peer repeats them. */
  secrets: readonly string[];
}

const RETRYABLE_REFUSALS = new Set([408, 429]);
/** Statuses that blame the request. For any other refusal the peer is responsible. */
const OURS = new Set([400, 401, 405, 413, 415, 421, 428, 429]);

/**
 * The error for a status: `peer.error` (5xx, retryable) or `peer.refused` (others; 408, 429 and answers with a time to come back
 * are retryable). Its `details` have `status`; `clockAhead` (seconds) and `date` (the peer's time, unix seconds) where the clocks
 * differ; `answeredBy` where a server or proxy names itself; `requestId`; `peerCode` (`E-…`) and `peerMessage` of an answer in the protocol's form; `work` with a 428. Any other body is there as
 * an excerpt, `body`: the network's server answers malformed JSON in plain text.
 */
export function peerError(answer: RefusedAnswer): CloudilloError {
  const { host, method, path, status, now } = answer;
  const said = wireError(answer.text, answer.secrets);
  // The details of a ban say how long it lasts.
  const retryAfter = answer.retryAfter ?? said?.peerDetails?.remainingSecs;
  const ahead = clockAhead(answer.date ?? null, now);
  const body = said ? '' : excerpt(answer.text, answer.secrets);
  const reason = said ? `${said.peerCode} ${said.peerMessage}`.trim() : body;
  const server = status >= 500;
  return new CloudilloError(
    server ? 'peer.error' : 'peer.refused',
    `${host} answered ${status} to ${method} ${path}${reason && `: ${reason}`}`,
    {
      stage: 'response',
      // A peer that names a time to come back is asked again then, whatever the status.
      retryable: server || RETRYABLE_REFUSALS.has(status) || retryAfter !== undefined,
      hint: hintFor(answer, said?.peerCode, retryAfter, ahead),
      ...(OURS.has(status) && { blame: 'us' }),
      ...(retryAfter !== undefined && { retryAfter, retryAt: now + retryAfter * 1000 }),
      details: {
        host,
        method,
        path,
        status,
        ...said,
        ...(body && { body }),
        ...(answer.by !== undefined && { answeredBy: answer.by }),
        ...(answer.requestId !== undefined && { requestId: answer.requestId }),
        ...demandedWork(status, said?.peerMessage),
        ...(ahead !== undefined && { clockAhead: ahead, date: Math.round(now / 1000) - ahead }),
      },
    },
  );
}

interface WireError {
  peerCode: string;
  peerMessage: string;
  peerDetails?: { remainingSecs: number };
}

/** The error in the protocol's form: `{ "error": { "code": "E-…", "message", "details"? } }`; null for any other body. */
function wireError(text: string, secrets: readonly string[]): WireError | null {
  let error: { code?: unknown; message?: unknown; details?: unknown } | undefined;
  try {
    error = (JSON.parse(text) as { error?: typeof error } | null)?.error;
  } catch {
    // Plain text, HTML of a proxy, or a body that was cut off. It is shown as an excerpt.
    return null;
  }
  if (typeof error?.code !== 'string' || !/^E-[A-Z0-9-]{1,40}$/.test(error.code)) return null;
  return {
    peerCode: error.code,
    peerMessage: typeof error.message === 'string' ? excerpt(error.message, secrets) : '',
    ...remainingSecs(error.details),
  };
}

/** Of a peer's details only those that the protocol defines. The rest is a stranger's data of any size. */
function remainingSecs(details: unknown): { peerDetails?: { remainingSecs: number } } {
  const seconds = (details as { remainingSecs?: unknown } | null | undefined)?.remainingSecs;
  const isSpan = typeof seconds === 'number' && seconds >= 0 && seconds <= LONGEST_SECONDS;
  return isSpan ? { peerDetails: { remainingSecs: seconds } } : {};
}

/**
 * How many letters `A` a peer demands at the end of a CONN. The network has only words for that: a 428 whose message ends in
 * `token must end with 'AA' (2 chars)` (specification: Proof of work). They are read here, and everywhere else the demand is a
 * number.
 */
function demandedWork(status: number, message = ''): { work?: number } {
  const letters = status === 428 ? /must end with '(A{1,10})'/.exec(message)?.[1] : undefined;
  return letters === undefined ? {} : { work: letters.length };
}

/** The body of a web page. */
const PAGE = /^\s*<(?:!doctype|html|\?xml)\b/i;
/** Statuses that a server of the network gives with its own code only. */
const SAYS_WHY = new Set([401, 403, 407, 451]);

/**
 * Whether something in front of the server has answered, such as a proxy or a firewall. The network's server answers some requests in plain
 * text, but with other statuses.
 */
function isForeign({ status, text }: RefusedAnswer, peerCode: string | undefined): boolean {
  return peerCode === undefined && (SAYS_WHY.has(status) || PAGE.test(text));
}

function hintFor(
  answer: RefusedAnswer,
  peerCode: string | undefined,
  retryAfter: number | undefined,
  ahead: number | undefined,
): string {
  if (peerCode === 'E-RATE-BANNED') return 'It has banned the address of this machine for a while, for bad signatures.';
  const { host, status, now } = answer;
  const clocks = ahead === undefined ? '' : clockHint(ahead, host, now);
  if (clocks && (status === 400 || status === 401)) return clocks;
  const hint = isForeign(answer, peerCode) ? foreignHint(host, retryAfter) : statusHint(answer, retryAfter);
  return Math.abs(ahead ?? 0) >= CLOCKS_APART ? `${hint} ${clocks}` : hint;
}

/** The hint for an answer of something in front of the server, such as a sign-in page. */
export function foreignHint(host: string, retryAfter?: number): string {
  const look = `Look at it: cloudillo doctor ${host.replace(/^cl-o\./, '')}.`;
  const again = retryAfter === undefined ? '' : ` Try again in ${retryAfter} s.`;
  return `That is no answer of a Cloudillo server: something in front of it has answered, such as a proxy, a sign-in page or a firewall. ${look}${again}`;
}

function statusHint({ host, method, status }: RefusedAnswer, retryAfter: number | undefined): string {
  if (status === 429 || status === 503) {
    return retryAfter === undefined ? 'Try again later.' : `Try again in ${retryAfter} s.`;
  }
  if (status >= 500) return 'The fault is on that server. Try again later, or tell its operator.';
  if (status === 401)
    return 'It does not accept the signature or access token: is the own profile reachable for it, and the clock right?';
  if (status === 403 && method === 'GET') {
    const look = `cloudillo doctor ${host.replace(/^cl-o\./, '')}`;
    return `The identity that asks may not do this there, or a proxy there drops the header Authorization: ${look} tells.`;
  }
  if (status === 403) return 'The identity that asks may not do this there.';
  if (status === 404 && method !== 'GET') {
    return `Is the identity hosted there, and does a proxy pass the name and the path on? Look at it: cloudillo doctor ${host.replace(/^cl-o\./, '')}.`;
  }
  if (status === 404) return 'Does it exist there, may you read it (--as), and is this a Cloudillo server?';
  if (status === 428) return 'It asks for proof of work: sign the request again with a nonce.';
  return 'See what it says about the request.';
}
