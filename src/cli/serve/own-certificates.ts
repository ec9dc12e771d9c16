/** The certificates of single tenants, at the start of a server. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import type { Network } from '../../federation/http/network.ts';
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import { apiHost, idTagToAscii } from '../../protocol/id-tag.ts';
import { logCertificateProblems } from '../../server/tenants/certificate.ts';
import { certificateFilesOf } from '../../services/certificates/certificate-files.ts';
import { certificateProblems } from '../../services/certificates/certificate-problems.ts';
import type { ComposedDeps } from '../home/compose.ts';

type Needs = Pick<ComposedDeps, 'home' | 'identities' | 'clock' | 'log'>;

/** The authorities that the peers of a network trust. */
export function authoritiesOf(network: Network): X509Certificate[] {
  const all = network.kind === 'sandbox' ? [network.ca] : rootCertificates;
  return all.map((pem) => new X509Certificate(pem));
}

/** The host names of the tenants that have no certificate of their own. The default one has to be for them. */
export async function namesWithoutOwn(
  { home, identities }: Pick<Needs, 'home' | 'identities'>,
  directory: string | null,
): Promise<string[]> {
  const idTags = (await identities.list()).map(({ idTag }) => idTag);
  return idTags
    .filter((idTag) => certificateFilesOf(home, directory, idTag) === null)
    .flatMap((idTag) => [apiHost(idTag), idTagToAscii(idTag)]);
}

/** Logs the faults of the tenants' own certificates. Otherwise they would show at the first handshake that asks for them. */
export async function logOwnCertificates(
  { home, identities, clock, log }: Needs,
  directory: string | null,
  authorities: readonly X509Certificate[],
): Promise<void> {
  for (const { idTag } of await identities.list()) {
    const files = certificateFilesOf(home, directory, idTag);
    if (!files) continue;
    try {
      const pem = await readFile(files.cert, 'utf8');
      const needs = { names: [apiHost(idTag), idTagToAscii(idTag)], authorities, now: clock.wall() };
      logCertificateProblems(files.cert, certificateProblems(pem, needs), log);
    } catch (cause) {
      const error = new CloudilloError('tls.unreadable', `The certificate ${files.cert} can't be read`, { cause });
      log('warn', 'peers may refuse the certificate', { error: errorToObject(error) });
    }
  }
}
