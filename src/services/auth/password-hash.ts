/** Hashes and verifies passwords with scrypt. */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { createGate } from '../../federation/limits/concurrency-gate.ts';
import type { PasswordHash } from '../../store/identities/access-document.ts';

/**
 * The cost: 32 MiB and about 200 ms of one core (OWASP's second choice). It is stored with each hash, so that it can be
 * raised.
 */
const COST = { N: 2 ** 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** scrypt needs 128 × N × r bytes; this allows twice that. */
const MEMORY_FACTOR = 256;

/**
 * One gate per process, like the memory and threads that it guards. A flood of logins may use two threads and 64 MiB;
 * when the queue is full, further ones are refused with `rate.busy`.
 */
const gate = createGate({ running: 2, waiting: 16 });

/** Verified when there is no password, so that the answer takes as long. No password matches it. */
const NOBODY: PasswordHash = {
  algorithm: 'scrypt',
  ...COST,
  salt: randomBytes(SALT_BYTES).toString('base64url'),
  hash: randomBytes(HASH_BYTES).toString('base64url'),
  setAt: new Date(0).toISOString(),
};

/**
 * Hashes a password.
 * @param now unix milliseconds
 * @throws CloudilloError `rate.busy`
 */
export async function hashPassword(password: string, now: number): Promise<PasswordHash> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST);
  const setAt = new Date(now).toISOString();
  return { algorithm: 'scrypt', ...COST, salt: salt.toString('base64url'), hash: hash.toString('base64url'), setAt };
}

/** Whether the password matches. The call takes as long when no password is set. @throws CloudilloError `rate.busy` */
export async function verifyPassword(password: string, kept: PasswordHash | undefined): Promise<boolean> {
  const { N, r, p, salt, hash } = kept ?? NOBODY;
  const found = await derive(password, Buffer.from(salt, 'base64url'), { N, r, p });
  const same = timingSafeEqual(found, Buffer.from(hash, 'base64url'));
  return same && kept !== undefined;
}

function derive(password: string, salt: Buffer, cost: { N: number; r: number; p: number }): Promise<Buffer> {
  const options: ScryptOptions = { ...cost, maxmem: MEMORY_FACTOR * cost.N * cost.r };
  return gate.run(
    () =>
      new Promise((resolve, reject) => {
        // Keyboards send é as one code point or as two; both must match.
        scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, key) =>
          error ? reject(error) : resolve(key),
        );
      }),
  );
}
