/**
 * The table of errors. Each code has an exit code for scripts, a status and a wire code for HTTP clients, whether a retry helps,
 * and who is at fault. A code is never renamed and never removed: journals hold it, and scripts look for it. `docs/exit-codes.md`
 * is generated from this table.
 */
import { WIRE_ERRORS, type WireErrorCode } from './wire-error.ts';

/** The exit codes that an error can end a command with (`src/cli/output/exit-codes.ts` names them). */
export type ErrorExitCode = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 130;

/** Who is at fault. `sender`: whoever sent the request or token. `us`: this instance. `user`: whoever typed the command. */
export type Blame = 'sender' | 'us' | 'peer' | 'network' | 'user';

/** The traits of a code. */
export interface ErrorTraits {
  /** What went wrong, for the documentation. */
  means: string;
  /** The exit code of a command when the failure is final. */
  exit: ErrorExitCode;
  /** The exit code of a command when an action stays queued because of this error. */
  queued: ErrorExitCode;
  wire: WireErrorCode;
  /** The HTTP status. */
  status: number;
  /** Whether the same call may succeed later, unchanged. An error that knows better says so itself. */
  retryable: boolean;
  blame: Blame;
  /** The next step, used where the error has no hint of its own. */
  hint?: string;
}

type Defaults = Pick<ErrorTraits, 'exit' | 'wire' | 'blame'> & Partial<ErrorTraits>;
type Entry = Pick<ErrorTraits, 'means'> & Partial<ErrorTraits>;

/** Codes that share most of their traits. */
function area<Code extends string>(defaults: Defaults, entries: Record<Code, Entry>): Record<Code, ErrorTraits> {
  const full = { queued: 4, retryable: false, ...defaults } as const;
  const rows = Object.entries<Entry>(entries).map(([code, entry]) => {
    const { wire } = { ...full, ...entry };
    return [code, { status: WIRE_ERRORS[wire], ...full, ...entry }];
  });
  return Object.fromEntries(rows) as Record<Code, ErrorTraits>;
}

const INVALID = 'E-VAL-INVALID';
const UNAUTH = 'E-AUTH-UNAUTH';
const NOPERM = 'E-AUTH-NOPERM';
const NOTFOUND = 'E-CORE-NOTFOUND';
const CONFLICT = 'E-CORE-CONFLICT';
const INTERNAL = 'E-CORE-INTERNAL';
const UNAVAIL = 'E-SYS-UNAVAIL';
const RAISE_LIMIT =
  'Raise the limit of open files: "ulimit -n" shows it, LimitNOFILE= sets it in a systemd unit. For the whole machine it is fs.file-max.';

/** Every error code with its traits. */
export const ERRORS = {
  ...area(
    { exit: 1, wire: INTERNAL, blame: 'us' },
    {
      'internal.unexpected': { means: 'An unexpected error, probably a bug.' },
      'internal.server-exit': { means: 'A server of the sandbox ended by itself.' },
      'internal.server-start': { means: 'A server of the sandbox did not start.' },
    },
  ),
  ...area(
    { exit: 2, wire: INVALID, blame: 'user' },
    {
      'usage.acme': { means: 'Certificates can not be ordered with these settings.' },
      'usage.action': { means: 'The action is incomplete or contradicts itself.' },
      'usage.action-id': { means: 'The text is no action ID, or the beginning of several.' },
      'usage.address': { means: 'The address is neither an IP address nor a host name.' },
      'usage.api-key': { means: 'The text is the beginning of several API keys.' },
      'usage.api-keys': { means: 'The identity has as many API keys as are kept.' },
      'usage.app-domain': {
        means: 'The app domain is no host name.',
        hint: 'For example: --app-domain www.example.com',
      },
      'usage.argument': { means: 'The command takes no such argument.' },
      'usage.as': { means: 'The home has several identities, and none was named.' },
      'usage.blocked': { means: 'The owner has blocked that peer.' },
      'usage.cancelled': { means: 'A question was answered with Ctrl-C.', exit: 130 },
      'usage.claims': { means: 'The claims to sign would be refused by every inbox.' },
      'usage.command': { means: 'There is no such command.' },
      'usage.content': { means: 'The content is missing, or is no JSON.' },
      'usage.content-id': { means: 'The text is no content ID.' },
      'usage.content-type': { means: 'The text is no content type.' },
      'usage.cursor': { means: 'The cursor is not one of a page before.' },
      'usage.data': { means: 'The data to send could not be read, or is no JSON.' },
      'usage.duration': { means: 'The text is no duration.' },
      'usage.exists': { means: 'The file to write exists already.' },
      'usage.expect': {
        means: 'The expected target is neither an IP address nor a host name.',
        hint: 'For example: --expect 192.0.2.1, --expect 2001:db8::1 or --expect server.example.net',
      },
      'usage.expiry': { means: 'The time of expiry has passed already.' },
      'usage.file': { means: 'The file to read is missing or unreadable.' },
      'usage.file-name': { means: 'The text is no file name.' },
      'usage.flag': { means: 'There is no such flag.' },
      'usage.grace': { means: 'The grace period is too short.' },
      'usage.header': { means: 'A header has a character that no header may have.' },
      'usage.id-tag': { means: 'The text is no idTag.' },
      'usage.image': { means: 'The file is no image that the preset takes.' },
      'usage.key-id': { means: 'The text is no key ID.' },
      'usage.media': { means: 'The preset takes no such file.' },
      'usage.member': { means: 'The text names no member of a sandbox, or one that is in it otherwise.' },
      'usage.missing': { means: 'An argument, a flag or an input is missing.' },
      'usage.name': { means: 'The display name is empty or too long.' },
      'usage.network': { means: 'The network file is unreadable, or is not the one that the server runs in.' },
      'usage.operation': { means: 'The process that owns the home does not know the operation.' },
      'usage.out': { means: 'The output can not be written there.' },
      'usage.password': { means: 'The password is too short, too long or missing.' },
      'usage.picture': { means: 'The profile picture is no picture.' },
      'usage.plain-http': { means: 'The server would speak plain HTTP to the network.' },
      'usage.profile-field': { means: 'The profile has no such field, or the field takes no such value.' },
      'usage.ready-fd': { means: 'The file descriptor can not be written.' },
      'usage.refresh': { means: 'The own profile can not be refreshed from the network.' },
      'usage.resolver': { means: 'The text names no DNS server.' },
      'usage.scope': { means: 'The text is no scope.' },
      'usage.self': { means: 'An identity can not do this to itself.' },
      'usage.setting': { means: 'There is no such setting, or it takes no such value.' },
      'usage.status': { means: 'There is no such status.' },
      'usage.time': { means: 'The text is no time.' },
      'usage.tls': { means: 'The server has no certificate.' },
      'usage.token': { means: 'The input has no token, or is too large.' },
      'usage.trusted-proxy': { means: 'A server behind a proxy needs the address of the proxy.' },
      'usage.ttl': { means: 'The lifetime is too short or too long.' },
      'usage.type': { means: 'There is no such action type.' },
      'usage.url': { means: 'The text is no URL that may be asked.' },
      'usage.value': { means: 'A flag or argument has a wrong value.' },
      'usage.variant': { means: 'The file has no such variant.' },
      'usage.working-directory': {
        means: 'The working directory is gone.',
        hint: 'Change to a directory that is there, for example: cd',
      },
      'usage.zone': { means: 'The zone is no domain name.', hint: 'For example: --zone example.com' },
    },
  ),
  ...area(
    { exit: 3, wire: INVALID, blame: 'sender' },
    {
      'token.algorithm': { means: 'The header asks for another algorithm than ES384.', wire: UNAUTH },
      'token.audience': { means: 'The audience is no canonical idTag.' },
      'token.base64url': { means: 'A part of the token is no canonical base64url.' },
      'token.claims': { means: 'The claims do not have the right shape.' },
      'token.content': { means: 'The content is not what the action type takes.' },
      'token.expired': { means: 'The token has expired.', wire: UNAUTH },
      'token.fields': { means: 'A field is missing, or is one that the action type forbids.' },
      'token.flags': { means: 'The action that it is about has disabled such actions.' },
      'token.future': { means: 'The token was issued in the future.' },
      'token.issuer': { means: 'The issuer is no canonical idTag.' },
      'token.key-curve': { means: 'The key is no P-384 key.', wire: UNAUTH },
      'token.key-expired': { means: 'The token was signed after its key had expired.', wire: UNAUTH },
      'token.key-unknown': { means: 'The issuer has no such key.', wire: UNAUTH },
      'token.malformed': { means: 'The text is no action token.' },
      'token.missing': { means: 'The token of the action is not in the journal.' },
      'token.proof-of-work': {
        means: 'The token does not end in the letters that are asked for.',
        wire: 'E-POW-REQUIRED',
      },
      'token.recipient': { means: 'The token is addressed to another identity.' },
      'token.signature': { means: 'The signature is not one of that key over these bytes.', wire: UNAUTH },
      'token.subject': { means: 'The subject is none that the action type may have.' },
      'token.subtype': { means: 'The action type has no such subtype.' },
      'token.type': { means: 'There is no such action type, or an inbox does not take it.' },
      'token.unverified': { means: 'The signature was not verified.' },
    },
  ),
  ...area(
    { exit: 3, wire: INTERNAL, blame: 'peer' },
    {
      'check.app-domain': { means: 'The app domain does not name the identity.' },
      'check.caching': { means: 'The profile can not be cached: its ETag is missing or useless.' },
      'check.certificate': { means: 'The certificate is missing, or ends too soon.' },
      'check.clock': { means: 'The clocks of two instances differ by more than signatures bear.' },
      'check.demo': { means: 'A step of the demonstration failed.', blame: 'us' },
      'check.dns': { means: 'The names do not lead to one server.' },
      'check.errors': { means: 'What does not exist is not answered in the error form.' },
      'check.expectation': {
        means: 'What was expected came and was refused, or something came that was not to come.',
      },
      'check.flags': { means: 'The action that it is about has disabled such actions.', wire: INVALID, blame: 'user' },
      'check.home': { means: 'Something of the own instance needs attention.', blame: 'us' },
      'check.inbox': { means: 'The inbox does not answer as one.' },
      'check.keys': { means: 'A published key is unusable, or ends too soon.' },
      'check.state': {
        means: 'The action is not in a state in which this can be done.',
        wire: CONFLICT,
        blame: 'user',
      },
      'check.superseded': { means: 'A later action replaced this one before it was delivered.', blame: 'user' },
      'check.view': { means: 'The view of the peer contradicts what was signed.' },
      'check.work': { means: 'The peer asks for more proof of work than is worth it.' },
    },
  ),
  ...area(
    { exit: 4, wire: UNAVAIL, blame: 'network' },
    {
      'network.aborted': { means: 'The request was given up.' },
      'network.address-blocked': { means: 'The name leads to an address that is not public.', blame: 'peer' },
      'network.address-unavailable': { means: 'The address to listen on is none of this machine.', blame: 'us' },
      'network.descriptors': {
        means: 'This process may open no more connections.',
        retryable: true,
        blame: 'us',
        hint: RAISE_LIMIT,
      },
      'network.listen': { means: 'The port can not be listened on.', blame: 'us' },
      'network.local': {
        means:
          'This machine could not open a connection: no network, no free port, no memory, or a firewall of its own.',
        retryable: true,
        blame: 'us',
        hint: 'Check the network of this machine',
      },
      'network.offline': {
        means: 'The key was not asked for, because the command may not use the network.',
        blame: 'user',
      },
      'network.port-forbidden': { means: 'This user may not listen on that port.', blame: 'us' },
      'network.port-in-use': { means: 'Another process listens on that port.', blame: 'us' },
      'network.protocol': { means: 'The peer does not answer in proper HTTP.', blame: 'peer' },
      'network.redirect': { means: 'The peer answers with a redirect, which is not followed.', blame: 'peer' },
      'network.refused': { means: 'The peer refuses the connection.', retryable: true },
      'network.reset': { means: 'The connection broke.', retryable: true },
      'network.timeout': { means: 'The peer does not answer in time.', retryable: true },
      'network.too-large': { means: 'The answer is larger than is taken.', blame: 'peer' },
      'network.unreachable': { means: 'There is no route to the peer.', retryable: true },
    },
  ),
  ...area(
    { exit: 5, queued: 5, wire: UNAVAIL, blame: 'network' },
    {
      'dns.chain': {
        means: 'There are too many CNAME records in a row.',
        blame: 'peer',
        hint: 'Too many CNAME records in a row: point the name at its server directly.',
      },
      'dns.inconsistent': {
        means: 'The name servers of the zone answer differently.',
        retryable: true,
        blame: 'peer',
        hint: 'A change has not reached all name servers of the zone: wait (--wait 10m), or see why the others do not take it over.',
      },
      'dns.lame': {
        means: 'A name server does not serve the zone that is delegated to it.',
        blame: 'peer',
        hint: 'The zone is delegated to a server that does not serve it: correct the NS records at the registrar, or load the zone on that server.',
      },
      'dns.limit': { means: 'The lookup took more queries than are made.' },
      'dns.loop': {
        means: 'The CNAME records point at each other.',
        blame: 'peer',
        hint: 'The CNAME records point at each other: replace one of them with A or AAAA records.',
      },
      'dns.malformed': { means: 'The DNS answer or name is malformed.' },
      'dns.nodata': { means: 'The name has no address record.', blame: 'peer' },
      'dns.nxdomain': { means: 'The name does not exist.', blame: 'peer' },
      'dns.rcode': { means: 'The DNS server answered with another error.' },
      'dns.refused': {
        means: 'The DNS server refused the query.',
        hint: 'This server does not answer for that name: name another one with --resolver.',
      },
      'dns.servfail': {
        means: 'The DNS server failed.',
        retryable: true,
        hint: 'The name server failed on this name: often broken DNSSEC or a name server of the zone that is down. Ask the zone with --authoritative.',
      },
      'dns.timeout': {
        means: 'No DNS server answered in time.',
        retryable: true,
        hint: 'Nothing answered in time: check that port 53 (UDP and TCP) is open to this server.',
      },
      'dns.unreachable': {
        means: 'Nothing listens at the address of the DNS server.',
        retryable: true,
        hint: 'Nothing listens there, or no route leads there: check the address and port of the server.',
      },
    },
  ),
  ...area(
    { exit: 6, queued: 6, wire: UNAVAIL, blame: 'peer' },
    {
      'tls.certificate': { means: 'The own certificate and key can not be used.', blame: 'us' },
      'tls.expired': { means: 'The certificate has expired, or is not valid yet.' },
      'tls.handshake': { means: 'The TLS handshake did not complete.' },
      'tls.name': { means: 'The certificate is for other names.' },
      'tls.unreadable': { means: 'The own certificate or key can not be read.', blame: 'us' },
      'tls.untrusted': { means: 'The certificate is not trusted.' },
    },
  ),
  ...area(
    { exit: 7, wire: UNAVAIL, blame: 'peer' },
    {
      'peer.descriptor': { means: 'The file descriptor of the peer is malformed.' },
      'peer.error': { means: 'The server of the peer failed (5xx).', retryable: true },
      'peer.invalid': { means: 'The answer is not in the form of the protocol.', hint: 'Is this a Cloudillo server?' },
      'peer.key-unsettled': {
        means: 'The key of the issuer may have been replaced, and the issuer can not be asked again yet.',
        retryable: true,
      },
      'peer.mismatch': { means: 'The peer answered with something else than was asked for.' },
      'peer.no-token': { means: 'The peer gave no token to verify.' },
      'peer.profile': { means: 'The profile of the peer is malformed.' },
      'peer.refused': { means: 'The peer refused the request (4xx).' },
    },
  ),
  ...area(
    { exit: 7, wire: UNAVAIL, blame: 'network' },
    {
      'acme.account': {
        means: 'The certificate authority refuses the account.',
        blame: 'user',
        hint: 'Look at its file in "acme/" in the home: remove it to make a new account. Some authorities want acme.eabKid and acme.eabKey.',
      },
      'acme.challenge': {
        means: 'The certificate authority could not see the server under a name.',
        blame: 'us',
        hint: 'Both names have to lead here, and port 443 has to be reachable: cloudillo dns-check IDTAG --expect ADDRESS',
      },
      'acme.invalid': {
        means: 'The certificate authority does not answer as ACME says.',
        hint: 'Is acme.directory the URL of the directory of an ACME authority?',
      },
      'acme.limited': {
        means: 'The certificate authority takes no more orders for now.',
        retryable: true,
        hint: 'Wait: the server tries again by itself when the authority allows it.',
      },
      'acme.refused': {
        means: 'The certificate authority refuses the order.',
        hint: 'Look at its message: a CAA record may forbid it, or it does not serve such names.',
      },
      'acme.terms': {
        means: 'The terms of service of the certificate authority are not agreed to.',
        blame: 'user',
        exit: 2,
        hint: 'Read them, then: cloudillo config set acme.agree true',
      },
    },
  ),
  ...area(
    { exit: 7, wire: UNAUTH, blame: 'sender' },
    {
      'auth.invalid': { means: 'The access token is not valid.' },
      'auth.missing': { means: 'The request has no access token.' },
    },
  ),
  ...area(
    { exit: 7, wire: NOPERM, blame: 'sender' },
    { 'permission.denied': { means: 'The sender may not do this.' } },
  ),
  ...area(
    { exit: 7, wire: 'E-RATE-LIMITED', blame: 'sender' },
    {
      'rate.banned': { means: 'The address is banned for a while.', wire: 'E-RATE-BANNED' },
      'rate.busy': { means: 'The server has as much to do as it takes.', wire: UNAVAIL, retryable: true, blame: 'us' },
      'rate.quota': {
        means:
          'A day of strangers is used up: the issuer, or all that are neither followed nor connected, sent too much.',
        retryable: true,
      },
      'rate.limited': { means: 'The address sends too many requests.', retryable: true },
    },
  ),
  ...area(
    { exit: 8, wire: INTERNAL, blame: 'user' },
    {
      'home.busy': { means: 'Another process works on the home or sandbox.', retryable: true },
      'home.damaged': { means: 'Something in the home is in the way.' },
      'home.foreign': { means: 'The home belongs to another user.' },
      'home.identity-differs': { means: 'The identity is in the home with another name or type.' },
      'home.identity-exists': { means: 'The identity is in the home already.' },
      'home.identity-missing': { means: 'The identity is not in the home.' },
      'home.missing': { means: 'There is no home.' },
      'home.mode': { means: 'Others may read the home.' },
      'home.newer': { means: 'A newer version wrote the home.' },
      'home.no-sandbox': { means: 'There is no sandbox in the directory.' },
      'home.no-server': { means: 'No server runs on the home.', retryable: true },
      'home.not-empty': { means: 'The directory holds something else.' },
      'home.not-writable': { means: 'The home can not be written.' },
      'home.silent': {
        means: 'The process that owns the home takes the request and says nothing.',
        retryable: true,
        blame: 'us',
      },
      'home.owner-lost': {
        means: 'The process that owned the home ended during the operation.',
        retryable: true,
        blame: 'us',
      },
    },
  ),
  ...area(
    { exit: 8, wire: INTERNAL, blame: 'us' },
    {
      'key.curve': { means: 'The key is no P-384 key.', wire: UNAUTH, blame: 'user' },
      'key.exists': { means: 'The key or its file exists already.', blame: 'user' },
      'key.file': { means: 'The file holds no key.', blame: 'user' },
      'key.id': { means: 'The text is no key ID.', blame: 'user' },
      'key.last': { means: 'The key is the last one that signs.', blame: 'user' },
      'key.malformed': { means: 'The text is no key.', wire: UNAUTH, blame: 'user' },
      'key.mismatch': { means: 'The key file is not the published key.' },
      'key.missing': { means: 'There is no such key.', blame: 'user' },
      'key.mode': { means: 'Others may read the key file.', blame: 'user' },
      'key.none': { means: 'The identity has no key that may sign.' },
      'key.passphrase': { means: 'The passphrase is missing or wrong.', blame: 'user' },
      'key.private': { means: 'A public key is asked for, and this is a private one.', blame: 'user' },
      'key.unreadable': { means: 'The key file can not be read.' },
    },
  ),
  ...area(
    { exit: 8, wire: INTERNAL, blame: 'us' },
    {
      'store.blob-mismatch': { means: 'The bytes are not those of the content ID.' },
      'store.blob-size': { means: 'The file is larger than is taken.', wire: INVALID, status: 413, blame: 'sender' },
      'store.closed': { means: 'The store is closed.', retryable: true },
      'store.damaged': { means: 'A record or file is damaged on disk.' },
      'store.descriptors': {
        means: 'This process may open no more files.',
        wire: UNAVAIL,
        retryable: true,
        hint: RAISE_LIMIT,
      },
      'store.document': { means: 'A document of the home is malformed.' },
      'store.conflict': { means: 'Something else was appended meanwhile.', retryable: true },
      'store.fenced': { means: 'Another process may have taken the home.', retryable: true },
      'store.duplicate': { means: 'The action is stored already.', wire: CONFLICT },
      'store.event': { means: 'An event can not be stored.' },
      'store.full': { means: 'The disk is full.', wire: UNAVAIL, retryable: true },
      'store.io': { means: 'The disk can not be read or written.', wire: UNAVAIL, retryable: true },
      'store.low': {
        means: 'The disk is nearly full, and takes nothing of strangers.',
        wire: UNAVAIL,
        retryable: true,
      },
      'store.no-action': { means: 'There is no such action here.', wire: NOTFOUND, blame: 'user' },
      'store.no-arrival': { means: 'No such arrival is in the log of the inbox.', wire: NOTFOUND, blame: 'user' },
      'store.not-found': { means: 'There is no such file here.', blame: 'user' },
      'store.read-only': { means: 'The disk is read-only.', wire: UNAVAIL, retryable: true },
      'store.swept': { means: 'The file was swept away while it was stored.', retryable: true },
    },
  ),
  ...area(
    { exit: 9, wire: INTERNAL, blame: 'network' },
    { 'wait.timeout': { means: 'What was waited for did not happen in time.', retryable: true } },
  ),
  // Errors of the HTTP server. No command ends with them.
  ...area(
    { exit: 1, wire: INVALID, blame: 'sender' },
    {
      'request.media-type': { means: 'The body is encoded, or of a type that is not taken.', status: 415 },
      'request.headers': { means: 'There are too many header lines.', status: 431 },
      'request.invalid': { means: 'The request is malformed.' },
      'request.method': { means: 'The path has no such method.', status: 405 },
      'request.misdirected': { means: 'The TLS name and the Host header name different identities.', status: 421 },
      'request.not-found': { means: 'There is no such path, or nothing there.', wire: NOTFOUND },
      'request.timeout': { means: 'The request takes too long to arrive.', wire: 'E-NET-TIMEOUT' },
      'request.too-large': { means: 'The body is larger than is taken.', status: 413 },
      'request.transfer-encoding': { means: 'The body has a Transfer-Encoding that is not taken.', status: 501 },
      'request.upgrade': { means: 'The path is a WebSocket.', status: 426 },
    },
  ),
  ...area(
    { exit: 1, wire: NOTFOUND, blame: 'sender' },
    {
      'read.gone': { means: 'What was asked for was deleted.', wire: 'E-CORE-GONE' },
      'read.not-found': { means: 'What was asked for is not here, or not for the caller.' },
      'read.range': { means: 'The file has no such range.', wire: INVALID, status: 416 },
    },
  ),
  ...area(
    { exit: 1, wire: UNAVAIL, blame: 'us' },
    { 'server.not-ready': { means: 'The server is stopping, or can not write to its disk.', retryable: true } },
  ),
} as const satisfies Record<`${string}.${string}`, ErrorTraits>;

/** A code of the table. Any other text doesn't compile where a code is expected. */
export type ErrorCode = keyof typeof ERRORS;

/** The part of a code before the dot. */
export type ErrorArea = ErrorCode extends `${infer Area}.${string}` ? Area : never;

/** The codes of some areas. */
export type CodeOf<Area extends ErrorArea> = Extract<ErrorCode, `${Area}.${string}`>;

/**
 * The traits of a code. A journal or a process of another version may hold a code that this table lacks: it is treated as
 * unexpected.
 */
export function errorTraits(code: ErrorCode): ErrorTraits {
  return Object.hasOwn(ERRORS, code) ? ERRORS[code] : ERRORS['internal.unexpected'];
}

/** Whether the code is of one of these areas. */
export function isCodeOf<Area extends ErrorArea>(code: ErrorCode, ...areas: Area[]): code is CodeOf<Area> {
  return areas.includes(code.slice(0, code.indexOf('.')) as Area);
}
