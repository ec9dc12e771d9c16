import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import type { PasswordHash } from '../../store/identities/access-document.ts';
import { createGate } from '../inbox/gate.ts';

/** 32 MiB and some 200 ms of one core (OWASP's second choice). Kept with each hash, so that they can be raised. */
const COST = { N: 2 ** 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** scrypt's own need is 128 × N × r bytes; twice that is room enough. */
const MEMORY_FACTOR = 256;

/**
 * Of the process, like the memory and the threads that it guards: a flood of logins may take two threads and 64 MiB, and a few
 * seconds of waiting; whoever comes after that is told to come back.
 */
const gate = createGate({ running: 2, waiting: 16 });

/** What is verified against when there is no password, so that it takes as long. Nobody knows a password for it. */
const NOBODY: PasswordHash = {
  algorithm: 'scrypt',
  ...COST,
  salt: randomBytes(SALT_BYTES).toString('base64url'),
  hash: randomBytes(HASH_BYTES).toString('base64url'),
  setAt: new Date(0).toISOString(),
};

/** @param now unix milliseconds @throws CloudilloError `rate.busy` */
export async function hashPassword(password: string, now: number): Promise<PasswordHash> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST);
  const setAt = new Date(now).toISOString();
  return { algorithm: 'scrypt', ...COST, salt: salt.toString('base64url'), hash: hash.toString('base64url'), setAt };
}

/**
 * Is it this password? Takes as long when there is none.
 * @throws CloudilloError `rate.busy`
 */
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
        // One keyboard sends é as one code point, another as two: the same password.
        scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, key) =>
          error ? reject(error) : resolve(key),
        );
      }),
  );
}
