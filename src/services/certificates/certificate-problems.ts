/** The faults of a tenant's own certificate, found before a peer finds them. */
import { X509Certificate } from 'node:crypto';
import { isoDate } from '../../protocol/iso-time.ts';

/** A fault for which all or some peers refuse the certificate. */
export interface CertificateProblem {
  code: 'tls.expired' | 'tls.name' | 'tls.untrusted';
  /** The fault, as it continues the certificate's name: `has expired`. */
  message: string;
  hint: string;
  /** The host names that the certificate lacks; with `tls.name`. */
  names?: readonly string[];
}

/** What a certificate has to meet. */
export interface CertificateNeeds {
  /** The host names that it has to be for. */
  names: readonly string[];
  /** The authorities that peers trust; null: the chain isn't checked. */
  authorities: readonly X509Certificate[] | null;
  /** Unix milliseconds. */
  now: number;
}

const NAMES_SHOWN = 10;

/**
 * Lists the faults of a certificate, the worst first.
 * @param pem the chain, the own certificate first
 * @throws Error when the text is no certificate
 */
export function certificateProblems(pem: string, { names, authorities, now }: CertificateNeeds): CertificateProblem[] {
  const own = new X509Certificate(pem);
  const problems: CertificateProblem[] = [];
  if (isoDate(own.validFrom) === null || isoDate(own.validTo) === null) {
    problems.push({ code: 'tls.expired', message: 'has a date that nobody can read', hint: RENEW });
  } else if (Date.parse(own.validTo) <= now) {
    problems.push({ code: 'tls.expired', message: `expired ${isoDate(own.validTo)}`, hint: RENEW });
  } else if (Date.parse(own.validFrom) > now) {
    const message = `is not valid before ${isoDate(own.validFrom)}`;
    problems.push({
      code: 'tls.expired',
      message,
      hint: 'Check the clock of this machine, or use the certificate before it.',
    });
  }
  const missing = names.filter((name) => own.checkHost(name) === undefined);
  if (missing.length > 0) {
    const more = missing.length > NAMES_SHOWN ? ` and ${missing.length - NAMES_SHOWN} more` : '';
    const message = `is not for ${missing.slice(0, NAMES_SHOWN).join(', ')}${more}`;
    problems.push({
      code: 'tls.name',
      message,
      hint: 'Get one for cl-o.<idTag> and <idTag> of every identity.',
      names: missing,
    });
  }
  const chain = authorities && chainProblem(certificatesIn(pem), authorities);
  return chain ? [...problems, chain] : problems;
}

const RENEW = 'Renew it. A running server reads the file again by itself.';

function chainProblem(
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): CertificateProblem | null {
  let last = chain[0] as X509Certificate;
  const seen = new Set([last]);
  for (;;) {
    const issuer = chain.find((other) => !seen.has(other) && last.checkIssued(other));
    if (!issuer) break;
    last = issuer;
    seen.add(issuer);
  }
  if (authorities.some((authority) => isFrom(last, authority))) return null;
  if (last.checkIssued(last)) {
    const what = chain.length === 1 ? 'is signed by itself' : 'comes from an authority of its own';
    return { code: 'tls.untrusted', message: `${what}: no peer trusts it`, hint: 'Get one of a public authority.' };
  }
  return {
    code: 'tls.untrusted',
    message: `comes without the certificate of its issuer (${oneLine(last.issuer)}), which is no authority that peers know`,
    hint: 'Serve the full chain: the own certificate first, then the intermediate ones (fullchain.pem).',
  };
}

/** Whether a certificate is the authority's, or issued by it. */
function isFrom(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.fingerprint256 === authority.fingerprint256 || certificate.checkIssued(authority);
}

/** All certificates of a PEM text, in their order. */
function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [pem];
  return blocks.map((block) => new X509Certificate(block));
}

function oneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}
