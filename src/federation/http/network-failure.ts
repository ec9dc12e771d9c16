/** The network errors of sockets. */
import { type CodeOf, errorTraits } from '../../protocol/error-table.ts';

/** A failure below TLS and HTTP. Its text follows the host's name: `bob.test refused the connection`. */
export interface NetworkFailure {
  code: CodeOf<'network'>;
  message: string;
  hint: string;
  /** The cause is on this machine, so the failure tells nothing about the peer. */
  ours: boolean;
}

type Row = readonly [code: CodeOf<'network'>, message: string, hint: string];

const NO_DESCRIPTORS: Row = [
  'network.descriptors',
  'was not asked: this process may open no more connections',
  errorTraits('network.descriptors').hint ?? '',
];

const NO_MEMORY: Row = [
  'network.local',
  'was not asked: this machine has no memory left for a connection',
  'Free some memory, or wait.',
];

const NETWORK_ERRORS: Readonly<Record<string, Row>> = {
  ECONNREFUSED: ['network.refused', 'refused the connection', 'Is the server running, and is the port open?'],
  ECONNRESET: [
    'network.reset',
    'closed the connection without answering',
    'Try again; if it stays so, see the log of that server.',
  ],
  EPIPE: [
    'network.reset',
    'closed the connection without answering',
    'Try again; if it stays so, see the log of that server.',
  ],
  ERR_STREAM_PREMATURE_CLOSE: ['network.reset', 'closed the connection in the middle of its answer', 'Try again.'],
  ENETUNREACH: ['network.local', 'cannot be reached: no route to its network', 'Check the connection of this machine.'],
  EHOSTUNREACH: [
    'network.unreachable',
    'cannot be reached: no route to it',
    'Check the address in DNS and the connection of this machine.',
  ],
  ENETDOWN: ['network.local', 'cannot be reached: the network is down', 'Check the connection of this machine.'],
  EADDRNOTAVAIL: [
    'network.local',
    'cannot be reached from this machine: it has no address or no free port for it',
    'Check the connection of this machine (IPv6?), and how many connections it has open.',
  ],
  EACCES: [
    'network.local',
    'cannot be reached: this machine does not permit it',
    'Check the firewall of this machine.',
  ],
  EPERM: ['network.local', 'cannot be reached: this machine does not let us', 'Check the firewall of this machine.'],
  ENOMEM: NO_MEMORY,
  ENOBUFS: NO_MEMORY,
  EMFILE: NO_DESCRIPTORS,
  ENFILE: NO_DESCRIPTORS,
  ETIMEDOUT: ['network.timeout', 'did not answer in time', 'Is it up, and does a firewall let the port through?'],
};

/** The codes with a cause on this machine. A machine without IPv6 reports `network.local` for every IPv6 address. */
const LOCAL: ReadonlySet<string> = new Set(['network.descriptors', 'network.local']);

/** Whether a request failed on this machine, so that the failure tells nothing about the peer: it wasn't asked. */
export function isLocalFailure(error: unknown): boolean {
  return LOCAL.has(String((error as { code?: unknown } | null)?.code));
}

/** The failure for the code of a Node error; `undefined` for an error that isn't the network's. */
export function networkFailure(nodeCode: string): NetworkFailure | undefined {
  const row = NETWORK_ERRORS[nodeCode];
  return row && { code: row[0], message: row[1], hint: row[2], ours: LOCAL.has(row[0]) };
}
