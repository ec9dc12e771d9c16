/** Faults on the way to an open connection. */
import type { FaultTexts } from './fault-texts.ts';

const OPERATOR = 'The operator of {host} has to';
const SERVE_CHAIN =
  'serve the full chain: the own certificate first, then the intermediate ones (certbot: fullchain.pem, not cert.pem).';

/** Faults on the way to an open connection. */
export const CONNECTION_FAULTS = {
  'port-closed': {
    severity: 'error',
    cause: 'The machine is up, and nothing listens at that port.',
    next: 'Start the server there, and see that it listens at that address and not only at loopback (cloudillo config set listen.host). Behind a router: forward port 443.',
  },
  'port-filtered': {
    severity: 'error',
    cause:
      'The address takes no connection and refuses none: a firewall drops what is sent, the machine is down, or the address is wrong.',
    next: 'Let TCP port 443 through (firewall, security group, router), and check that the address is the one of the server.',
  },
  unreachable: {
    severity: 'error',
    cause: 'No route leads to the address.',
    next: 'Check the address in DNS, and the network of the server.',
  },
  'no-route-here': {
    severity: 'unknown',
    cause: 'This machine has no way to any of the addresses. That says nothing about the server.',
    next: 'Look from another machine, or check the network of this one (IPv6).',
  },
  'connection-broken': {
    severity: 'error',
    cause: 'The connection is taken and then broken.',
    next: 'See the log of the server, or of the proxy or firewall in front of it.',
  },
  'address-dead': {
    severity: 'error',
    cause: 'One of the addresses of the name does not answer. Peers that choose it fail, or lose time.',
    next: 'Take the record with {address} out of the zone, or make the server answer there.',
  },
  'address-elsewhere': {
    severity: 'error',
    cause: 'One of the addresses of the name leads to another server. Peers that choose it reach somebody else.',
    next: 'Take the record with {address} out of the zone, or correct it.',
  },
  'certificate-expired': {
    severity: 'error',
    cause: 'The certificate has expired.',
    next: `${OPERATOR} renew the certificate, and to see why it was not renewed by itself. If the date looks right, check the clock of this machine.`,
  },
  'certificate-not-yet': {
    severity: 'error',
    cause: 'The certificate is not valid yet, or the clock of this machine is behind.',
    next: 'Compare the clock of this machine with the date. If it is right, use the certificate before.',
  },
  'certificate-ends': {
    severity: 'error',
    cause: 'The certificate ends soon, and was not renewed.',
    next: `${OPERATOR} renew the certificate.`,
  },
  'certificate-name': {
    severity: 'error',
    cause: 'The certificate is for other names: the name leads to another server, or the certificate lacks it.',
    next: 'Get a certificate for both cl-o.{idTag} and {idTag}, or correct the records: cloudillo dns-check {idTag}.',
  },
  'chain-incomplete': {
    severity: 'error',
    cause: 'The server shows its certificate without that of its issuer. Browsers fetch what is missing, peers do not.',
    next: `${OPERATOR} ${SERVE_CHAIN}`,
  },
  'self-signed': {
    severity: 'error',
    cause: 'The certificate is signed by itself. No peer trusts it.',
    next: `${OPERATOR} get a certificate of a public authority. In a sandbox: name its network file with --network.`,
  },
  untrusted: {
    severity: 'error',
    cause: 'The certificate comes from an authority that is not trusted here.',
    next: `${OPERATOR} get a certificate of a public authority. In a sandbox: name its network file with --network.`,
  },
  'tls-too-old': {
    severity: 'error',
    cause: 'The server speaks only versions of TLS that nobody takes any more (1.1 and earlier).',
    next: `${OPERATOR} allow TLS 1.2 and 1.3 in the server, or in the proxy in front of it.`,
  },
  'no-tls': {
    severity: 'error',
    cause: 'What listens at that port does not speak TLS: plain HTTP, or another service.',
    next: `${OPERATOR} serve HTTPS at port 443: cloudillo serve with tls.cert and tls.key, or a proxy that ends TLS.`,
  },
  'tls-silent': {
    severity: 'error',
    cause:
      'The machine takes the connection, and no handshake comes: the process behind the port hangs, is stopped, or has too much to do.',
    next: 'See the state of the server there (cloudillo doctor), end it, and start it again. A load balancer without a server behind it looks the same.',
  },
  'tls-broken': {
    severity: 'error',
    cause: 'The TLS handshake does not complete.',
    next: 'See the log of the server or proxy. Does it serve this name (SNI)?',
  },
} as const satisfies Record<string, FaultTexts>;
