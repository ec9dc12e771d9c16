import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ActionClaims } from '../../src/protocol/claims.ts';
import { actionId } from '../../src/protocol/content-id.ts';
import { createHome } from '../../src/store/home/home.ts';
import type { ActionEvent } from '../../src/store/model/events.ts';

export const TENANT = 'bob.example';
const HEADER = Buffer.from('{"typ":"JWT","alg":"ES384"}').toString('base64url');

/** A token with a signature of random bytes: the store vouches for bytes, not for signatures. */
export function fakeToken(claims: Partial<ActionClaims>): string {
  const full = { iss: 'alice.example', k: '260101', t: 'POST', iat: 1_700_000_000, ...claims };
  const payload = Buffer.from(JSON.stringify(full)).toString('base64url');
  return `${HEADER}.${payload}.${randomBytes(96).toString('base64url')}`;
}

/** An action event around a fake token. */
export function action(claims: Partial<ActionClaims>, rest: Partial<ActionEvent> = {}): ActionEvent {
  const token = rest.token ?? fakeToken(claims);
  return {
    kind: 'action',
    tenant: TENANT,
    actionId: actionId(token),
    token,
    direction: 'in',
    receivedAt: 1_700_000_000_000,
    status: 'A',
    ...rest,
  };
}

/** A temporary directory that goes away with the test. */
export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'cloudillo-store-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A fresh home that goes away with the test. */
export async function temporaryHome(): Promise<string> {
  const root = join(await temporaryDirectory(), 'home');
  await createHome(root, new Date('2026-01-01T00:00:00Z'));
  return root;
}

/** The code that a promise is rejected with; `nothing was thrown` when it isn't. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing was thrown',
    (error) => (error as { code?: string }).code ?? String(error),
  );
}
