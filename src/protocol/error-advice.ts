/** What to do about an error, by its code: for `explain CODE`, where nothing is known of the case. */
import { type ErrorArea, type ErrorCode, errorTraits } from './error-table.ts';

/** For the codes of an area that have none of their own. Commands in it work as they stand. */
const BY_AREA: Record<ErrorArea, string> = {
  internal: 'Report it with the output of the command and its --verbose frames: it is probably a bug.',
  usage: 'Correct the command line as the message says. Each command lists its flags and examples with --help.',
  token: 'The sender corrects and signs the action anew. To see every check of a token: cloudillo verify-token',
  check: 'Read the message: it names what was found and what was expected. To check a peer: cloudillo smoke-test',
  network: 'See whether the host can be reached from this machine. To check its records: cloudillo dns-check',
  dns: 'See what the name servers answer: cloudillo dns-check',
  tls: 'The operator of that server renews or corrects its certificate, for both names of the identity.',
  acme: 'See when the next attempt is, and why the last one failed: cloudillo status',
  peer: 'See what the peer answers: cloudillo get IDTAG /api/me',
  auth: 'Sign in again. For a peer the access token is fetched anew by itself.',
  permission: 'The receiver decides who may do this: it follows or connects with the issuer, or lifts a block.',
  rate: 'Wait as long as the answer says, then send less at once.',
  home: 'See what the home says of itself: cloudillo status',
  key: 'See which keys the home has: cloudillo key list',
  store: 'See whether the store is sound, and whether the disk has room: cloudillo store check',
  wait: 'Wait longer with --wait, or see why it does not happen: cloudillo status',
  request: 'The client corrects the request. The API is described at /api/openapi.json of the server.',
  read: 'Nothing can be done here: it was deleted, was never here, or is not for this reader.',
  server: 'Wait a minute, then try again. What the server is doing: cloudillo status',
};

const BY_CODE: Partial<Record<ErrorCode, string>> = {
  'token.algorithm': 'The issuer signs with ES384, without "crit" in the header.',
  'token.audience': 'The issuer writes "aud" as a canonical idTag: lower case, U-labels, no dot at the end.',
  'token.base64url': 'The issuer writes the parts without padding, and without bits beyond the last byte.',
  'token.content': 'The issuer gives the content that the type takes: docs/actions.md lists the types.',
  'token.expired': 'The issuer signs the action anew. If it was fresh, compare the clocks of both machines.',
  'token.fields': 'The issuer gives the fields that the type takes: docs/actions.md lists the types.',
  'token.flags': 'The owner of the action that it is about allows such answers, or nobody can answer.',
  'token.future': 'Compare the clocks of both machines: a token may be at most five minutes ahead.',
  'token.key-curve': 'The issuer publishes a P-384 key: cloudillo keygen',
  'token.key-expired': 'The issuer signs with a key that has not expired: cloudillo keygen --rotate',
  'token.key-unknown': 'The issuer publishes the key that it signs with in its profile: cloudillo fetch-profile IDTAG',
  'token.malformed': 'The sender sends three parts of base64url with dots between them, as they were signed.',
  'token.proof-of-work': 'The sender tries nonces until the token ends in the letters that the answer asks for.',
  'token.recipient': 'The sender delivers the token to the identity that "aud" names.',
  'token.signature':
    'The issuer signs these bytes with the key that it publishes. A proxy that rewrites bodies, or a key replaced under the same ID, looks the same.',
  'token.type': 'The issuer sends a type that inboxes take: docs/actions.md lists them.',
  'request.invalid':
    'The client corrects the request: the API is described at /api/openapi.json of the server. A proxy that changes bodies or cuts them off looks the same.',
  'request.not-found':
    'The name in "Host" is none of this server, or the path is none. A proxy in front has to pass "Host" on. What is served: cloudillo identity list',
  'network.address-blocked': 'The operator of the peer publishes a public address. For tests use a sandbox network.',
  'network.offline': 'Leave out --offline, or give the key with --key.',
  'network.port-forbidden': 'Take a port above 1023, or give the process the right to listen below it.',
  'network.port-in-use': 'Stop the other process, or take another port: cloudillo serve --port',
  'network.redirect': 'The operator of the peer lets its API answer itself: redirects are not followed.',
  'network.refused': 'Nothing listens there: the server of the peer is down, or the record names another machine.',
  'network.timeout': 'A firewall drops the packets, or the server of the peer is overloaded. Try again later.',
  'dns.nxdomain': 'The owner of the name publishes its records: cloudillo dns-check IDTAG',
  'dns.nodata': 'The owner of the name publishes an A or AAAA record: cloudillo dns-check IDTAG',
  'tls.certificate': 'Give a certificate and its key: cloudillo config set tls.cert FILE',
  'tls.unreadable': 'Let the user of the server read the file, or name another: cloudillo config set tls.cert FILE',
  'tls.expired': 'The operator renews the certificate. If it is fresh, compare the clock of this machine.',
  'tls.name': 'The operator gets a certificate for cl-o.IDTAG and IDTAG.',
  'tls.untrusted': 'The operator uses a certificate of a public authority, and sends the intermediate one along.',
  'peer.error': 'The server of the peer failed: its operator finds the reason in its log. It is tried again by itself.',
  'peer.key-unsettled': 'Nothing: the token waits until the issuer may be asked again, a minute at most.',
  'peer.refused': 'The answer says why. The operator of the peer sees more: cloudillo explain ACTIONID on its side.',
  'rate.banned': 'The sender stops sending tokens with bad signatures. The ban ends by itself after an hour.',
  'rate.busy': 'The server takes more when it has caught up: the setting inbox.concurrency.',
  'rate.quota':
    'It is counted anew at midnight UTC. Following or connecting lifts it; the settings limits.* change it.',
  'store.full': 'Free space on the disk of the home. Nothing that was acknowledged is lost.',
  'store.low': 'Free space on the disk of the home, or lower the setting limits.minFree.',
  'store.io': 'Look at the system log for disk errors, and at the mode of the home.',
  'store.no-action': 'See which actions are stored: cloudillo actions',
  'store.no-arrival': 'See what came: cloudillo inbox log',
  'home.no-server': 'Start a server: cloudillo serve',
  'home.silent':
    'See the state of the process (ps -o pid,stat,time -p PID), let it go on (kill -CONT PID) or end it, and start it again: cloudillo serve',
  'home.missing': 'Make a home with an identity: cloudillo init IDTAG',
};

/** What to do about an error with this code. One or two sentences; words in capitals stand for a value. */
export function errorAdvice(code: ErrorCode): string {
  const area = code.slice(0, code.indexOf('.')) as ErrorArea;
  return BY_CODE[code] ?? errorTraits(code).hint ?? BY_AREA[area];
}
