/** Orders a certificate (RFC 8555, section 7.4): order, proofs, request, download. */
import {
  type Authorization,
  type Challenge,
  parseAuthorization,
  parseOrder,
} from '../../federation/acme/acme-answer.ts';
import type { Authority } from '../../federation/acme/authority.ts';
import type { PeerResponse } from '../../federation/http/peer-response.ts';
import { parseRetryAfter } from '../../federation/http/retry-after.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Pause } from '../runtime/pause.ts';
import { type CertifiedKey, certificateRequest } from './x509.ts';

/** One way to prove that a name is ours. */
export interface Prover {
  /** The kind of challenge: `tls-alpn-01`, `http-01`, `dns-01`. */
  type: string;
  /** Shows the proof. @returns ends that */
  show(name: string, challenge: { token: string; keyAuthorization: string }): Promise<() => void | Promise<void>>;
}

/** What to order, and how. */
export interface ObtainInput {
  /** Host names as A-labels. */
  names: readonly string[];
  /** The certificate that the new one replaces (RFC 9773, section 5); null: none, or the authority doesn't want to know. */
  replaces: string | null;
  prover: Prover;
  /** Unix milliseconds. */
  now: () => number;
  pause: Pause;
  signal: AbortSignal;
}

/** The pauses between questions about something that takes a while, milliseconds. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
/** How long the authority may take for one step, milliseconds. */
const STEP_LIMIT = 5 * 60_000;

/** Orders a certificate. @throws CloudilloError `acme.*`, those of the request module */
export async function obtainCertificate(authority: Authority, input: ObtainInput): Promise<CertifiedKey> {
  const { names, replaces } = input;
  const identifiers = names.map((value) => ({ type: 'dns', value }));
  const made = await authority.ask(authority.directory.newOrder, {
    identifiers,
    ...(replaces !== null && { replaces }),
  });
  const url = made.headers['location'];
  if (url === undefined) throw new CloudilloError('acme.invalid', `The order at ${made.url} has no URL`, STAGE);
  for (const each of parseOrder(made).authorizations) await prove(authority, each, input);
  const order = () => authority.ask(url, null);
  const ready = await settled(order, parseOrder, ['pending'], input);
  if (ready.status === 'invalid') throw orderRefused(ready.error?.detail);
  const { csr, key } = await certificateRequest(names);
  await authority.ask(ready.finalize, { csr: csr.toString('base64url') });
  const done = await settled(order, parseOrder, ['pending', 'ready', 'processing'], input);
  if (done.status !== 'valid' || done.certificate === null) throw orderRefused(done.error?.detail);
  const { body } = await authority.ask(done.certificate, null, 'application/pem-certificate-chain');
  return { cert: body.toString('utf8'), key };
}

/** Proves one name. */
async function prove(authority: Authority, url: string, input: ObtainInput): Promise<void> {
  const { prover } = input;
  const ask = () => authority.ask(url, null);
  const { status, name, challenges } = parseAuthorization(await ask());
  if (status === 'valid') return;
  const challenge = challenges.find(({ type }) => type === prover.type);
  if (!challenge) throw notOffered(name, prover.type, challenges);
  const { token } = challenge;
  const end = await prover.show(name, { token, keyAuthorization: `${token}.${authority.thumbprint}` });
  try {
    await authority.ask(challenge.url, {});
    const tried = await settled(ask, parseAuthorization, ['pending'], input);
    if (tried.status !== 'valid') throw notProven(tried, prover.type);
  } catch (error) {
    // The owner has to know why the name isn't proven, also where the proof can't be taken away.
    await Promise.resolve(end()).catch(() => {});
    throw error;
  }
  await end();
}

/** Asks until the status is another one than these. */
async function settled<T extends { status: string }>(
  ask: () => Promise<PeerResponse>,
  parse: (response: PeerResponse) => T,
  waiting: readonly string[],
  { now, pause, signal }: Pick<ObtainInput, 'now' | 'pause' | 'signal'>,
): Promise<T> {
  let waited = 0;
  for (let wait = FIRST_PAUSE; ; wait = Math.min(wait * 2, LONGEST_PAUSE)) {
    const response = await ask();
    const value = parse(response);
    if (!waiting.includes(value.status)) return value;
    const asked = parseRetryAfter(response.headers['retry-after'] ?? null, now());
    const next = asked === undefined ? wait : Math.max(asked * 1000, FIRST_PAUSE);
    waited += next;
    if (waited > STEP_LIMIT) {
      throw new CloudilloError(
        'acme.refused',
        `${response.url} is "${value.status}", and takes longer than five minutes`,
        {
          ...STAGE,
          retryable: true,
        },
      );
    }
    await pause(next, signal);
    signal.throwIfAborted();
  }
}

const STAGE = { stage: 'response' } as const;

/** What to do, by the kind of the problem that the authority met (RFC 8555, section 6.7). */
const HINTS: Readonly<Record<string, string>> = {
  dns: 'Correct the records of the name: cloudillo dns-check IDTAG --expect ADDRESS',
  connection:
    'Open the port (443; 80 with acme.httpPort) for everyone, at every address of the name, and forward it to this server.',
  tls: 'Something else than this server does TLS at port 443 of the name: no proxy may end TLS in front of it.',
  unauthorized: 'Another server answers under this name: its records have to lead to this server only.',
  caa: 'A CAA record of the name allows other authorities only: add this one, or choose another with acme.directory.',
};

function notProven({ name, challenges }: Authorization, kind: string): CloudilloError {
  const error = challenges.find(({ type }) => type === kind)?.error;
  const why = error ? `${error.type}: ${error.detail}` : 'it gives no reason';
  const hint = error && HINTS[error.type];
  return new CloudilloError('acme.challenge', `The authority could not see this server as ${name}: ${why}`, {
    ...STAGE,
    ...(hint && { hint: hint.replace('IDTAG', name.replace(/^cl-o\./, '')) }),
    details: { name, challenge: kind, ...(error && { problem: error.type }) },
  });
}

function notOffered(name: string, kind: string, offered: readonly Challenge[]): CloudilloError {
  const others = offered.map(({ type }) => type).join(', ') || 'none';
  return new CloudilloError('acme.refused', `The authority offers no ${kind} for ${name}, but: ${others}`, {
    ...STAGE,
    hint: 'Prove it in another way: leave acme.httpPort and acme.dnsHook away, or set one of them.',
  });
}

function orderRefused(detail: string | undefined): CloudilloError {
  return new CloudilloError(
    'acme.refused',
    `The order became invalid: ${detail ?? 'the authority gives no reason'}`,
    STAGE,
  );
}
