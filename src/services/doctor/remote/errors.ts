/** The fault behind an error of a connection or of a request. */
import { NO_TLS, OLD_PROTOCOL } from '../../../federation/http/tls-verdict.ts';
import { isCodeOf } from '../../../protocol/error-table.ts';
import { CloudilloError } from '../../../protocol/errors.ts';
import type { FaultId } from '../faults.ts';
import type { Fault } from '../finding.ts';
import { lookupFault } from './dns.ts';

/** Areas of error codes that concern the peer or the way to it. A failure on this side is no verdict on the instance. */
const ABOUT_THE_PEER = ['dns', 'network', 'tls', 'peer', 'auth', 'permission', 'rate'] as const;

const BY_CODE: Readonly<Record<string, FaultId>> = {
  'network.refused': 'port-closed',
  'network.timeout': 'port-filtered',
  'network.unreachable': 'unreachable',
  'network.local': 'no-route-here',
  'network.reset': 'connection-broken',
  'network.address-blocked': 'private-address',
  'network.redirect': 'redirect',
  'network.protocol': 'no-http',
  'network.too-large': 'not-cloudillo',
  'tls.name': 'certificate-name',
  'tls.untrusted': 'untrusted',
  'tls.expired': 'certificate-expired',
  'tls.handshake': 'tls-broken',
  'peer.mismatch': 'other-identity',
  'peer.profile': 'profile-form',
  'peer.invalid': 'not-cloudillo',
};

/** What Node's code for a failed handshake tells besides. */
const BY_NODE_CODE: Readonly<Record<string, FaultId>> = {
  CERT_NOT_YET_VALID: 'certificate-not-yet',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'chain-incomplete',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed',
  ...Object.fromEntries([...OLD_PROTOCOL].map((code) => [code, 'tls-too-old' as const])),
  ...Object.fromEntries([...NO_TLS].map((code) => [code, 'no-tls' as const])),
};

/** The fault of a failed connection. @param nodeCode Node's code for it */
export function connectionFault(code: string, nodeCode: string | null): FaultId {
  return BY_NODE_CODE[nodeCode ?? ''] ?? (isDns(code) ? lookupFault(code) : (BY_CODE[code] ?? 'connection-broken'));
}

/** The fault of a failed request. @throws the error, when it says nothing about the peer */
export function requestFault(error: unknown): Fault {
  if (!(error instanceof CloudilloError) || !isCodeOf(error.code, ...ABOUT_THE_PEER)) throw error;
  const { code, message, details = {} } = error;
  const by = typeof details['answeredBy'] === 'string' ? [`answered by ${details['answeredBy']}`] : [];
  const body =
    typeof details['body'] === 'string' && !message.includes(details['body'])
      ? [`it says: ${shortened(details['body'])}`]
      : [];
  const evidence = [message, ...(code === 'peer.invalid' ? body : []), ...by];
  const address = typeof details['address'] === 'string' ? { facts: { address: details['address'] } } : {};
  return { fault: faultOf(error), code, evidence, ...address };
}

function faultOf({ code, stage, details = {} }: CloudilloError): FaultId {
  const { status, peerCode } = details;
  if (code === 'peer.error') return peerCode === undefined && status !== 500 ? 'gateway' : 'server-error';
  if (code === 'peer.refused') return refusalFault(Number(status), peerCode);
  if (stage === 'response' && code === 'network.timeout') return 'silent';
  if (stage === 'response' && code === 'network.reset')
    return details['received'] === undefined ? 'connection-broken' : 'truncated';
  if (code === 'peer.invalid' && typeof details['received'] === 'number') return 'truncated';
  const reason = details['reason'];
  return connectionFault(code, typeof reason === 'string' ? reason : null);
}

function refusalFault(status: number, peerCode: unknown): FaultId {
  if (peerCode === 'E-RATE-BANNED') return 'banned';
  if (status === 429) return 'rate-limited';
  if (status === 404 || status === 421) return peerCode === undefined ? 'not-cloudillo' : 'unknown-host';
  return peerCode === undefined ? 'not-cloudillo' : 'refuses';
}

function isDns(code: string): boolean {
  return code.startsWith('dns.');
}

function shortened(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
