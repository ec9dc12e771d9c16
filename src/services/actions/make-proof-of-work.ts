/** Makes the proof of work that a peer demands (specification: Proof of work). */
import { randomBytes } from 'node:crypto';
import { CloudilloError, type ErrorObject } from '../../protocol/errors.ts';
import type { Signer, UnsignedClaims } from '../runtime/signer.ts';

/** The limits of the work for one CONN. */
export interface WorkLimits {
  /** The longest time, milliseconds. */
  time: number;
  /** The most signatures. */
  attempts: number;
  /** A monotonic clock, milliseconds. */
  now?: () => number;
  /** Returns true when the work is to stop. */
  stopped?: () => boolean;
}

/** The default limits: two letters take seconds, three take minutes. */
export const WORK_LIMITS: WorkLimits = { time: 60_000, attempts: 200_000 };

/** The letters of base64url: an `A` at the end is one in so many. */
const LETTERS = 64;
/** The most letters that the network demands. */
const MAX_LEVEL = 10;
/** Signatures that are made at the same time, off the event loop. */
const PARALLEL = 4;

/** How many letters `A` a peer demands at the end of a CONN; null when the error demands none. */
export function wantedWork(error: Pick<ErrorObject, 'code' | 'details'> | null): number | null {
  const work = error?.code === 'peer.refused' ? error.details?.['work'] : undefined;
  return typeof work === 'number' ? work : null;
}

/**
 * Makes a signer whose tokens end in `level` letters `A`. It varies the nonce `_` until one does (specification: Proof
 * of work), 64^level signatures on average.
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
  // Not started where it would take days: the peer's demand falls faster than that.
  const isFeasible = level <= MAX_LEVEL && expected <= attempts * LETTERS;
  while (isFeasible && made < attempts && now() - started < time && !stopped()) {
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
  return new CloudilloError('check.work', `${peer} demands more proof of work than the limits allow: ${cost}`, {
    stage: 'token',
    hint: `The demand falls by one letter an hour; try again in ${level > 2 ? level - 2 : 1} h`,
    details: { level, expected, attempts: made },
  });
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  if (seconds < 7200) return `${Math.ceil(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.ceil(seconds / 3600)} h`;
  return `${Math.ceil(seconds / 86_400).toLocaleString('en')} days`;
}
