/** Decides whether a server does TLS, and with which certificate. */

import { CloudilloError } from '../../protocol/errors.ts';
import type { ListenOptions } from '../../server/listen.ts';
import { type CertificateFiles, certificateFilesOf } from '../../services/certificates/certificate-files.ts';
import { selfSigned } from '../../services/certificates/x509.ts';
import { createIdentities } from '../../store/identities/identities.ts';
import type { Settings } from '../../store/settings/setting-definitions.ts';

/**
 * The certificate files; `null` where plain HTTP is safe. A server that gets its certificate by itself begins with one that it
 * signs itself.
 * @throws CloudilloError `usage.tls`, `usage.plain-http`, `usage.trusted-proxy`, `usage.acme`
 */
export async function listenerTls(
  home: string,
  { tls, listen, proxy, acme }: Settings,
  { behindProxy, plainHttp }: { behindProxy: boolean; plainHttp: boolean },
): Promise<ListenOptions['tls']> {
  if (acme.enabled) assertAcme(acme.directory, behindProxy ? '--behind-proxy' : plainHttp ? '--plain-http' : null);
  if (behindProxy) {
    if (proxy.trusted.length > 0) return null;
    throw new CloudilloError('usage.trusted-proxy', 'With --behind-proxy the proxy has to be named', {
      stage: 'input',
      hint: 'Add --trusted-proxy ADDRESS, such as 127.0.0.1: only what it forwards is believed',
    });
  }
  if (plainHttp) {
    if (isLoopback(listen.host)) return null;
    throw new CloudilloError('usage.plain-http', `--plain-http is for loopback addresses, not for ${listen.host}`, {
      stage: 'input',
      hint: 'Use --tls-cert and --tls-key, or --behind-proxy with a proxy that does TLS',
    });
  }
  if (tls.cert !== null && tls.key !== null) return { cert: tls.cert, key: tls.key };
  const own = tls.cert === null && tls.key === null ? await firstOwnPair(home, tls.directory) : null;
  if (own) return own;
  if (acme.enabled) return { standIn: await selfSigned([], Date.now()) };
  throw new CloudilloError('usage.tls', 'The server needs a certificate: instances speak HTTPS to each other', {
    stage: 'input',
    hint: 'Give --acme to get one; or --tls-cert FILE and --tls-key FILE; or --behind-proxy; or, to try it on this machine, --plain-http',
  });
}

/** @throws CloudilloError `usage.acme` */
function assertAcme(directory: string, without: string | null): void {
  if (without !== null) {
    throw new CloudilloError('usage.acme', `A server with ${without} does no TLS, and needs no certificate`, {
      stage: 'input',
      hint: 'Leave --acme away, and turn it off where it is set: cloudillo config unset acme.enabled',
    });
  }
  if (URL.canParse(directory) && new URL(directory).protocol === 'https:') return;
  throw new CloudilloError('usage.acme', `acme.directory is no https URL: ${JSON.stringify(directory)}`, {
    stage: 'input',
    hint: 'Name the directory of the authority, such as https://acme-v02.api.letsencrypt.org/directory',
  });
}

/** The first tenant's own certificate, for clients that name none. */
async function firstOwnPair(home: string, directory: string | null): Promise<CertificateFiles | null> {
  for (const { idTag } of await createIdentities(home).list()) {
    const files = certificateFilesOf(home, directory, idTag);
    if (files) return files;
  }
  return null;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
