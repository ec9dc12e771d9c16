/** Where an identity stands with its certificate: which it has, and when that is renewed. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CloudilloError } from '../../protocol/errors.ts';
import { apiHost, idTagToAscii } from '../../protocol/id-tag.ts';
import { hasErrno } from '../../store/disk/disk-errors.ts';
import { acmeCertificatePath, type RenewalState, readRenewal } from '../../store/identities/acme-files.ts';
import type { Deps } from '../runtime/deps.ts';
import { certificateFilesOf } from './certificate-files.ts';
import { renewalByLifetime, type Validity, withinPolicy } from './renewal-policy.ts';

type StateDeps = Pick<Deps, 'home' | 'settings' | 'clock'>;

/** The two host names of an identity, for which its certificate has to be. */
export function namesOf(idTag: string): [string, string] {
  return [idTagToAscii(idTag), apiHost(idTag)];
}

/** Whether the owner has put a pair there for the identity. Then none is ordered. */
export function hasOwnPair({ home, settings }: Pick<Deps, 'home' | 'settings'>, idTag: string): boolean {
  const files = certificateFilesOf(home, settings.tls.directory, idTag);
  return files !== null && files.cert !== acmeCertificatePath(home, idTag);
}

/** The chain that was ordered for an identity, PEM; null: there is none. */
export async function orderedChain(home: string, idTag: string): Promise<string | null> {
  try {
    return await readFile(acmeCertificatePath(home, idTag), 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/** When the certificate of an identity is renewed. A certificate that is missing, lacks a name, or is from another authority is due. */
export async function renewalOf({ home, settings, clock }: StateDeps, idTag: string): Promise<RenewalState> {
  const { directory } = settings.acme;
  const kept = await keptRenewal(home, idTag);
  const validity = validityFor(await orderedChain(home, idTag), namesOf(idTag));
  if (kept?.directory === directory && (validity !== null || kept.failures > 0)) {
    return withinPolicy(kept, validity, clock.wall());
  }
  const fresh = newState(directory, clock.wall());
  if (kept !== null || validity === null) return fresh;
  return { ...fresh, nextAt: renewalByLifetime(validity, 0), askAt: clock.wall() };
}

/** What was noted; null where that is missing or damaged. The certificate itself says the most of it. */
async function keptRenewal(home: string, idTag: string): Promise<RenewalState | null> {
  try {
    return await readRenewal(home, idTag);
  } catch (error) {
    if (error instanceof CloudilloError) return null;
    throw error;
  }
}

/** The state of a certificate that is due. */
function newState(directory: string, now: number): RenewalState {
  return {
    directory,
    issuedAt: null,
    nextAt: now,
    notBefore: null,
    askAt: null,
    failures: 0,
    failedAt: null,
    error: null,
  };
}

/** The state of a certificate that came now. @param asks whether the authority can be asked for the time of the renewal */
export function renewedState(
  directory: string,
  chain: string,
  { now, random, asks }: { now: number; random: number; asks: boolean },
): RenewalState {
  const nextAt = renewalByLifetime(validityOf(new X509Certificate(chain)), random);
  return { ...newState(directory, nextAt), issuedAt: now, askAt: asks ? now : null };
}

/** How long a certificate is valid. */
export function validityOf({ validFrom, validTo }: X509Certificate): Validity {
  return { from: Date.parse(validFrom), to: Date.parse(validTo) };
}

/** How long a chain is valid; null: it can't be used for these names. */
function validityFor(chain: string | null, names: readonly string[]): Validity | null {
  if (chain === null) return null;
  try {
    const certificate = new X509Certificate(chain);
    return names.every((name) => certificate.checkHost(name) !== undefined) ? validityOf(certificate) : null;
  } catch {
    // A damaged file is no certificate, and is ordered anew.
    return null;
  }
}
