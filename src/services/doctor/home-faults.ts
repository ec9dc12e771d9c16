/** Faults of an instance that are seen from inside. */
import type { FaultTexts } from './fault-texts.ts';

/** Faults of an instance that are seen from inside. */
export const HOME_FAULTS = {
  'home-closed': {
    severity: 'error',
    cause: 'The home can not be opened, so nothing in it can be looked at.',
    next: '{hint}',
  },
  'server-hangs': {
    severity: 'error',
    cause: 'The process that owns the home runs and does nothing: it is stopped, hangs, or the machine is overloaded.',
    next: '{hint}',
  },
  'no-identity': {
    severity: 'error',
    cause: 'The home has no identity: nobody can be reached here.',
    next: 'Create one: cloudillo init alice.example.com.',
  },
  'network-file': {
    severity: 'error',
    cause: 'The setting "network" names a file that can not be used. Nothing can be sent.',
    next: '{hint}',
  },
  'disk-full': {
    severity: 'error',
    cause: 'A disk of the home is full. What has to be written there is refused, and what is there can be read.',
    next: 'Make room on the disk (cloudillo file gc --dry-run shows files that nothing needs). The server goes on by itself, or after a start.',
  },
  'disk-broken': {
    severity: 'error',
    cause: 'A disk of the home takes no writes: it is mounted read-only, fails, or something is in the way.',
    next: 'Look at the system log (dmesg) for disk errors, and at the mount options.',
  },
  'disk-low': {
    severity: 'warning',
    cause:
      'There is less room on a disk of the home than the setting "limits.minFree" keeps free. Strangers are refused.',
    next: 'Make room on the disk: cloudillo file gc --dry-run shows files that nothing needs.',
  },
  'inodes-low': {
    severity: 'warning',
    cause: 'The file system has hardly any inodes left. It will take no new files, whatever room it has.',
    next: 'Remove small files that are not needed (df -i shows the count), or make the file system anew with more inodes.',
  },
  'no-descriptors': {
    severity: 'error',
    cause: 'The server has opened as many files and connections as it may. It can take no connection and open no file.',
    next: 'Raise the limit and start the server again (systemd: LimitNOFILE=65536; shell: ulimit -n 65536).',
  },
  'descriptors-low': {
    severity: 'warning',
    cause: 'The server has nearly as many files and connections open as it may.',
    next: 'Raise the limit and start the server again (systemd: LimitNOFILE=65536; shell: ulimit -n 65536).',
  },
  'journal-damaged': {
    severity: 'error',
    cause: 'Records of the journal are not what was written: the disk or something else changed them.',
    next: 'See what is lost (cloudillo store check), restore it from a backup, then cloudillo store rebuild.',
  },
  'journal-torn': {
    severity: 'warning',
    cause: 'A crash cut off the last write. Nothing that was acknowledged is lost.',
    next: 'The cut-off bytes were kept; their file can be deleted.',
  },
  'store-stopped': {
    severity: 'error',
    cause: 'The store takes no writes since one has failed.',
    next: 'Make room on the disk, then start the server again: cloudillo serve.',
  },
  'key-unusable': {
    severity: 'error',
    cause:
      'A tenant can not sign: its key is missing, can not be read, or has no passphrase, or it is another key than the one that is published.',
    next: '{hint}',
  },
  'own-key-ends': {
    severity: 'warning',
    cause: 'The signing key of a tenant ends soon.',
    next: '{hint}',
  },
  'certificate-unreadable': {
    severity: 'error',
    cause: 'A certificate or its key can not be used: the file can not be read, or the two do not belong together.',
    next: 'Give this user the right to read the file, or put the key there that belongs to the certificate. Other files: cloudillo config set tls.cert FILE, tls.key FILE.',
  },
  'own-certificate': {
    severity: 'error',
    cause: 'Peers refuse the certificate of this server.',
    next: '{hint}',
  },
  'own-certificate-ends': {
    severity: 'warning',
    cause: 'The certificate of this server ends soon.',
    next: '{hint}',
  },
  'certificate-not-renewed': {
    severity: 'error',
    cause: 'The server could not get a new certificate. What is there stays in use until it ends.',
    next: '{hint}',
  },
  'server-stopped': {
    severity: 'error',
    cause: 'No server runs on the home. Nothing can be received, and nothing is sent by itself.',
    next: 'Start it: cloudillo serve. If it ended by itself, its log says why.',
  },
  'log-full': {
    severity: 'error',
    cause: 'The log of the server can not be written: its disk is full, or the pipe is closed.',
    next: 'Check where the standard error of the server goes, and make room there.',
  },
  'worker-failed': {
    severity: 'error',
    cause: 'A background worker fails, and is started again and again.',
    next: 'The log of the server says why.',
  },
  'queue-stuck': {
    severity: 'error',
    cause: 'Deliveries wait for a peer that can not be reached, or that fails on what it gets.',
    next: 'Look at the peer: cloudillo doctor {peer}. To give up: cloudillo deliveries drop --to {peer}.',
  },
  'queue-waits': {
    severity: 'warning',
    cause: 'Deliveries have waited for more than an hour, or no server runs for them.',
    next: 'See what they wait for (cloudillo deliveries list --state queued), or try them now: cloudillo deliver.',
  },
  'circuit-open': {
    severity: 'error',
    cause:
      'The peer failed a while ago, so that nothing is sent to it before the next attempt is due. It can be reached again.',
    next: 'Try now: cloudillo deliveries retry --to {peer}.',
  },
  'circuit-failing': {
    severity: 'error',
    cause:
      'The peer answers, and failed on the last delivery by itself. Nothing is sent to it before the next attempt is due. Whether it still fails, only a delivery tells.',
    next: 'Its operator has to look at the instance there: cloudillo doctor. To try now: cloudillo deliveries retry --to {peer}.',
  },
  'work-demanded': {
    severity: 'warning',
    cause: 'The peer demands more proof of work than is worth it: requests from this address troubled it before.',
    next: 'Wait: the demand falls by one letter an hour. Then ask again: cloudillo connect {peer}.',
  },
  'blocked-here': {
    severity: 'warning',
    cause: 'A tenant of this home blocks the peer. Nothing of it is taken, and nothing is sent to it.',
    next: 'To end that: cloudillo unblock {peer} --as {tenant}.',
  },
  'profile-uncached': {
    severity: 'warning',
    cause:
      'The profile can not be cached, because a proxy answers without looking at If-None-Match: each look at it costs the whole of it.',
    next: 'Let the proxy pass ETag and If-None-Match on.',
  },
  egress: {
    severity: 'error',
    cause:
      'This machine reaches no peer: connections from here hang or are refused, most often by a firewall. What arrives waits for keys that can not be fetched.',
    next: 'Let this machine open connections to TCP port 443, and ask name servers (port 53). Then try one peer: cloudillo doctor PEER.',
  },
  'other-server': {
    severity: 'error',
    cause:
      'Another server answers under this name with the same keys, such as a copy of this home on an old machine. This one never saw the question, and gets nothing.',
    next: 'Stop the other server, and let the name lead to this one. To see where it leads: cloudillo dns-check {idTag}.',
  },
  'addresses-banned': {
    severity: 'warning',
    cause:
      'This server bans addresses that sent three tokens with bad signatures, for an hour. Everything else that comes from there is refused, too.',
    next: 'See what came: cloudillo inbox log --code token.signature. To end the ban: cloudillo bans lift {address}.',
  },
  'work-raised': {
    severity: 'warning',
    cause:
      'Addresses troubled this inbox with invalid or repeated CONNs. The next one from there has to do proof of work.',
    next: 'The demand falls by one letter an hour. See what came: cloudillo inbox log --type CONN.',
  },
  'limit-reached': {
    severity: 'warning',
    cause: 'A limit of this server was reached in the last hour, and what came beyond it was refused.',
    next: 'See what came: cloudillo inbox log --code {code}. {advice}',
  },
  'proxy-untrusted': {
    severity: 'warning',
    cause:
      'A proxy answers in front of this server, which does not trust it: all senders look like the proxy, and share its limits and bans.',
    next: 'Name its address: cloudillo config set proxy.trusted ADDRESS, and start the server again.',
  },
} as const satisfies Record<string, FaultTexts>;
