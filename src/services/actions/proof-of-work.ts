import { randomBytes } from 'node:crypto';
import { CloudilloError, type ErrorObject } from '../../protocol/errors.ts';
import type { Signer, UnsignedClaims } from '../runtime/signer.ts';

/** How much work is done for one request to connect. */
export interface WorkLimits {
  /** Milliseconds. */
  time: number;
  /** Signatures. */
  attempts: number;
  /** Of a clock that only moves forward, milliseconds. */
  now?: () => number;
  /** Nobody wants it any more. */
  stopped?: () => boolean;
}

/** Two letters take seconds, three minutes: more than that nobody waits for. */
export const WORK_LIMITS: WorkLimits = { time: 60_000, attempts: 200_000 };

/** Letters of base64url: each `A` at the end is one in so many. */
const LETTERS = 64;
/** The network asks for no more. */
const MAX_LEVEL = 10;
/** Signatures that are made at the same time, off the event loop. */
const PARALLEL = 4;

/** How many letters `A` a peer wants a CONN to end in; null when the error asks for no work. */
export function wantedWork(error: Pick<ErrorObject, 'code' | 'details'> | null): number | null {
  const work = error?.code === 'peer.refused' ? error.details?.['work'] : undefined;
  return typeof work === 'number' ? work : null;
}

/**
 * A signer whose tokens end in `level` letters `A`: it varies the nonce `_` and signs again until one does (specification: Proof of
 * work), 64^level times on average.
 * @throws CloudilloError (from `sign`) `check.work` when it takes more than the limits allow
 */
export function workingSigner(signer: Signer, level: number, limits: WorkLimits = WORK_LIMITS): Signer {
  return { sign: (idTag, claims) => signWithWork(signer, idTag, claims, level, limits) };
}

async function signWithWork(
  signer: Signer,
  idTag: string,
  claims: UnsignedClaims,
  level: number,
  { time, attempts, now = () => performance.now(), stopped = () => false }: WorkLimits,
): Promise<string> {
  const expected = LETTERS ** level;
  const ending = 'A'.repeat(level);
  const seed = randomBytes(6).toString('base64url');
  const started = now();
  let made = 0;
  // Not begun at all where it would take days: the peer's counter goes down faster than that.
  const worthIt = level <= MAX_LEVEL && expected <= attempts * LETTERS;
  while (worthIt && made < attempts && now() - started < time && !stopped()) {
    const nonces = Array.from({ length: PARALLEL }, (_, index) => `${seed}${(made + index).toString(36)}`);
    const tokens = await Promise.all(nonces.map((nonce) => signer.sign(idTag, { ...claims, _: nonce })));
    made += PARALLEL;
    const found = tokens.find((token) => token.endsWith(ending));
    if (found !== undefined) return found;
  }
  throw tooMuch(claims.aud as string | undefined, level, { made, elapsed: now() - started });
}

function tooMuch(peer = 'The peer', level: number, { made, elapsed }: { made: number; elapsed: number }) {
  const expected = LETTERS ** level;
  const each = made === 0 ? 1 : elapsed / made;
  const cost = `about ${expected.toLocaleString('en')} signatures, ${duration((expected * each) / 1000)} on this machine`;
  return new CloudilloError('check.work', `${peer} asks for more proof of work than is worth it: ${cost}`, {
    stage: 'token',
    hint: `Its counter goes down by one an hour: ask again in ${level > 2 ? level - 2 : 1} h`,
    details: { level, expected, attempts: made },
  });
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  if (seconds < 7200) return `${Math.ceil(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.ceil(seconds / 3600)} h`;
  return `${Math.ceil(seconds / 86_400).toLocaleString('en')} days`;
}
