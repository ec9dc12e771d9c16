/** The facts of a TLS connection. */
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { isoDate } from '../../protocol/iso-time.ts';

/** The facts of a peer's certificate, for people who look for the reason of a failure. */
export interface TlsFacts {
  /** The common name of the certificate's subject, if it has one. */
  subject?: string;
  /** The host names of the certificate (subject alternative names of type DNS). */
  altNames: string[];
  /** The common name of the issuer, else its organisation. */
  issuer: string;
  /** ISO 8601. A certificate that is refused may have anything there: then `unreadable`. */
  validFrom: string;
  /** As `validFrom`. */
  validTo: string;
  /** `TLSv1.3`, `TLSv1.2`. */
  protocol: string;
}

const UNREADABLE = 'unreadable';
/** The most names of a certificate that are kept, and the most characters of each: there is room for thousands in one. */
const MOST_NAMES = 100;
const LONGEST_NAME = 255;
/** The names that a text shows. */
const NAMES_SHOWN = 10;

/** The facts of an open connection, also before the certificate is verified; `null` when none was shown. */
export function tlsFacts(socket: TLSSocket): TlsFacts | null {
  const certificate = socket.getPeerCertificate() as PeerCertificate | null;
  if (!certificate?.valid_to) return null;
  const subject = text(certificate.subject?.CN);
  return {
    ...(subject && { subject }),
    altNames: altNamesOf(certificate.subjectaltname ?? ''),
    issuer: text(certificate.issuer?.CN) || text(certificate.issuer?.O) || 'unnamed',
    validFrom: isoDate(certificate.valid_from) ?? UNREADABLE,
    validTo: isoDate(certificate.valid_to) ?? UNREADABLE,
    protocol: socket.getProtocol() ?? 'unknown',
  };
}

/** Some names of a certificate in one line. */
export function namesText(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  return names.slice(0, NAMES_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** One entry of Node's list. A value with a comma or a control is in quotes, as in JSON. */
const ENTRY = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy;

/** The DNS names in the list that Node makes of a certificate: `DNS:a.test, IP Address:192.0.2.1`. */
export function altNamesOf(list: string): string[] {
  const names = Array.from(list.matchAll(ENTRY), ([, kind, value = '']) =>
    kind === 'DNS' ? [shortened(unquoted(value))] : [],
  );
  return names.flat().slice(0, MOST_NAMES);
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value; // Not Node's form: it is shown as it is.
  }
}

/** A name part that occurs twice is an array, whatever the types say. */
function text(value: unknown): string {
  return shortened(Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : '');
}

function shortened(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
}
