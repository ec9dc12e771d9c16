/** What a failed TLS handshake is, by Node's code for it. */
import type { CodeOf } from '../../protocol/error-table.ts';
import { MIN_TLS_VERSION } from './secure.ts';
import { namesText, type TlsFacts } from './tls-facts.ts';

const UNTRUSTED = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'CERT_SIGNATURE_FAILURE',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_CHAIN_TOO_LONG',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
]);

/** The server, or OpenSSL here, knows none of the other's versions. */
export const OLD_PROTOCOL: ReadonlySet<string> = new Set([
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
]);
/** The first bytes of the answer are no TLS record. */
export const NO_TLS: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
]);

const PUBLIC_HINT =
  'Public instances need a certificate of a public authority, served with its full chain. In a sandbox: is its network file configured (--network)?';

/** What a failed handshake is, told after the host's name. */
export interface TlsVerdict {
  code: CodeOf<'tls'>;
  message: string;
  hint: string;
  retryable: boolean;
}

/** The verdict on a failed handshake. @param code of Node's error @param tls what the peer showed */
export function tlsVerdict(code: string, tls: TlsFacts | undefined): TlsVerdict {
  // OpenSSL's code for a server that sent its own certificate alone, of an issuer that isn't known here.
  if (code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE') {
    return {
      code: 'tls.untrusted',
      message: `shows a certificate without that of its issuer${tls ? ` (${tls.issuer})` : ''}, which is not known here`,
      hint: 'Its operator has to serve the full chain: the own certificate first, then the intermediate ones (fullchain.pem). An issuer that is no public authority is not trusted. In a sandbox: is its network file configured (--network)?',
      retryable: false,
    };
  }
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT') {
    return {
      code: 'tls.untrusted',
      message: 'shows a certificate that it signed by itself',
      hint: PUBLIC_HINT,
      retryable: false,
    };
  }
  if (UNTRUSTED.has(code)) {
    return {
      code: 'tls.untrusted',
      message: `shows a certificate that is not trusted${tls ? ` (issued by ${tls.issuer})` : ''}`,
      hint: PUBLIC_HINT,
      retryable: false,
    };
  }
  if (code === 'CERT_HAS_EXPIRED') {
    return {
      code: 'tls.expired',
      message: `shows a certificate that has expired${tls ? ` on ${tls.validTo}` : ''}`,
      hint: 'Its operator has to renew the certificate. If the date looks right, check the clock of this machine.',
      retryable: false,
    };
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return {
      code: 'tls.expired',
      message: `shows a certificate that is not valid yet${tls ? `, only from ${tls.validFrom}` : ''}`,
      hint: 'Check the clock of this machine.',
      retryable: false,
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') {
    return {
      code: 'tls.name',
      message: `shows a certificate for other names${tls?.altNames.length ? ` (${namesText(tls.altNames)})` : ''}`,
      hint: 'Does the name point at the right server? Its certificate needs both <idTag> and cl-o.<idTag>.',
      retryable: false,
    };
  }
  if (OLD_PROTOCOL.has(code)) {
    return {
      code: 'tls.handshake',
      message: `speaks no version of TLS that is taken here (${MIN_TLS_VERSION} and later)`,
      hint: 'Its operator has to allow TLS 1.2 and 1.3 in the server, or in the proxy in front of it.',
      retryable: false,
    };
  }
  if (NO_TLS.has(code)) {
    return {
      code: 'tls.handshake',
      message: 'does not speak TLS at this port',
      hint: 'Something else listens there, plain HTTP for example: its operator has to serve HTTPS at port 443.',
      retryable: false,
    };
  }
  return {
    code: 'tls.handshake',
    message: 'did not complete the TLS handshake',
    hint: 'Is it an HTTPS server, and does it serve this name?',
    // A connection that broke during the handshake may hold next time; an alert or a protocol error won't change.
    retryable: code === 'ECONNRESET' || code === 'EPIPE' || code === 'ETIMEDOUT',
  };
}
