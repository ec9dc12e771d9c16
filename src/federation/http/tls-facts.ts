/** The facts of a TLS connection. */
import type { PeerCertificate, TLSSocket } from 'node:tls';

/** The facts of a peer's certificate, for people who look for the reason of a failure. */
export interface TlsFacts {
  /** The common name of the certificate's subject, if it has one. */
  subject?: string;
  /** The host names of the certificate (subject alternative names of type DNS). */
  altNames: string[];
  /** The common name of the issuer, else its organisation. */
  issuer: string;
  /** ISO 8601. */
  validFrom: string;
  /** ISO 8601. */
  validTo: string;
  /** `TLSv1.3`, `TLSv1.2`. */
  protocol: string;
}

/** The facts of an open connection, also before the certificate is verified; `null` when none was shown. */
export function tlsFacts(socket: TLSSocket): TlsFacts | null {
  const certificate = socket.getPeerCertificate() as PeerCertificate | null;
  if (!certificate?.valid_to) return null;
  const subject = text(certificate.subject?.CN);
  return {
    ...(subject && { subject }),
    altNames: altNames(certificate.subjectaltname),
    issuer: text(certificate.issuer?.CN) || text(certificate.issuer?.O) || 'unnamed',
    validFrom: iso(certificate.valid_from),
    validTo: iso(certificate.valid_to),
    protocol: socket.getProtocol() ?? 'unknown',
  };
}

function altNames(value: string | undefined): string[] {
  return (value ?? '').split(', ').flatMap((name) => (name.startsWith('DNS:') ? [name.slice(4)] : []));
}

/** A name part that occurs twice is an array, whatever the types say. */
function text(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : '';
}

function iso(date: string): string {
  return new Date(date).toISOString();
}
