/** Faults of what an instance answers. */
import type { FaultTexts } from './fault-texts.ts';

const OPERATOR = 'The operator of {host} has to';

/** Faults of what an instance answers. */
export const ANSWER_FAULTS = {
  redirect: {
    severity: 'error',
    cause: 'The path is answered with a redirect. Peers follow none, because it would lead past their checks.',
    next: `${OPERATOR} answer at cl-o.{idTag} itself: take the redirect (to www, to a login, of a trailing slash) out of the proxy.`,
  },
  gateway: {
    severity: 'error',
    cause: 'A proxy answers, and does not reach the server behind it.',
    next: `${OPERATOR} start the server behind the proxy, and check the address and port that the proxy passes to.`,
  },
  'server-error': {
    severity: 'error',
    cause: 'The server fails.',
    next: `${OPERATOR} look at the log of the server: cloudillo status --check, cloudillo doctor there.`,
  },
  'not-cloudillo': {
    severity: 'error',
    cause:
      'What answers is not a Cloudillo server: a web page, a parking page, the default site of a proxy, or a firewall that refuses.',
    next: `${OPERATOR} pass cl-o.{idTag} to the Cloudillo server, and let its firewall take the requests of other servers. Does the name lead to the right machine?`,
  },
  truncated: {
    severity: 'error',
    cause: 'The answer breaks off: the server or a proxy closes the connection before the end.',
    next: 'See the log of the server and the limits of the proxy in front of it (buffers, time limits, compression).',
  },
  silent: {
    severity: 'unknown',
    cause: 'The connection is taken, and no answer comes in time.',
    next: 'Give it more time (--timeout 30s), or see the log of the server.',
  },
  'no-http': {
    severity: 'error',
    cause: 'What answers over TLS does not speak proper HTTP.',
    next: `${OPERATOR} pass port 443 to the Cloudillo server.`,
  },
  'unknown-host': {
    severity: 'error',
    cause:
      'A Cloudillo server answers, and hosts no such identity: a proxy passes it another Host, or the name leads to the wrong instance.',
    next: 'Let the proxy pass the name on (nginx: proxy_set_header Host $host), or create the identity there: cloudillo identity list.',
  },
  'path-changed': {
    severity: 'error',
    cause: 'A proxy cuts "/api" off the path before it passes the request on.',
    next: `${OPERATOR} let the proxy pass the path on as it comes (nginx: proxy_pass without a path, not even "/" at its end).`,
  },
  'bearer-ignored': {
    severity: 'warning',
    cause:
      'A bearer that nobody gave out is taken like none: a proxy drops the header Authorization, or the server is one that does not look at it. What only some may read is not shown to them.',
    next: `${OPERATOR} let the proxy pass Authorization on (nginx: proxy_set_header Authorization $http_authorization).`,
  },
  'authorization-dropped': {
    severity: 'error',
    cause:
      'A proxy drops the header Authorization: this server would have answered 401. Nobody can sign in, and peers see only what is public.',
    next: 'Let the proxy pass Authorization on (nginx: proxy_set_header Authorization $http_authorization).',
  },
  'large-body': {
    severity: 'error',
    cause:
      'Short messages arrive, long ones do not: something on the way drops large packets (MTU of a tunnel or VPN, with ICMP blocked), or a proxy limits the size of bodies.',
    next: `${OPERATOR} raise the limit of the proxy (nginx: client_max_body_size 2m), or, where nothing is answered, let ICMP "fragmentation needed" through or lower the MTU.`,
  },
  'shared-address-banned': {
    severity: 'error',
    cause:
      'This server has banned an address that all peers share, such as that of a proxy: one of them sent tokens with bad signatures, and all are refused.',
    next: 'Behind a proxy, name it, so that each sender counts alone (cloudillo config set proxy.trusted ADDRESS; cloudillo serve --behind-proxy). To end the ban: cloudillo bans lift {address}. See what came: cloudillo inbox log --code token.signature.',
  },
  banned: {
    severity: 'error',
    cause:
      'The instance has banned the address of this machine for a while: it got tokens with bad signatures from here.',
    next: 'Wait until the ban is over. Look for what signs badly here: cloudillo doctor, cloudillo deliveries list --state refused.',
  },
  'rate-limited': {
    severity: 'unknown',
    cause: 'The instance takes no more requests from this address for a while.',
    next: 'Try again later.',
  },
  refuses: {
    severity: 'error',
    cause: 'The instance refuses a request that everybody may make.',
    next: 'See what it says: cloudillo get {idTag} /api/me.',
  },
  'other-identity': {
    severity: 'error',
    cause:
      'The server answers with the profile of another identity: the name leads to the wrong server, or a proxy passes it another Host.',
    next: 'Check where the name leads (cloudillo dns-check {idTag}) and that the proxy passes the name on (nginx: proxy_set_header Host $host).',
  },
  'profile-form': {
    severity: 'error',
    cause: 'The profile is not in the form of the protocol.',
    next: 'See what it answers: cloudillo get {idTag} /api/me.',
  },
  'no-key': {
    severity: 'error',
    cause: 'The profile has no key. Nothing that the identity signs can be verified.',
    next: 'Make one there: cloudillo keygen --as {idTag}.',
  },
  'key-curve': {
    severity: 'error',
    cause: 'A published key is no P-384 key. What it signs is refused everywhere.',
    next: 'Make another one there: cloudillo keygen --as {idTag} --rotate.',
  },
  'keys-expired': {
    severity: 'error',
    cause: 'All published keys have expired. What the identity signs now is refused everywhere.',
    next: 'Make another one there: cloudillo keygen --as {idTag} --rotate.',
  },
  'key-ends': {
    severity: 'error',
    cause: 'The last key that signs ends soon.',
    next: 'Make another one there: cloudillo keygen --as {idTag} --rotate.',
  },
  'key-unpublished': {
    severity: 'error',
    cause:
      'This home signs with a key that the published profile lacks: a proxy serves an old profile, or another server answers.',
    next: 'Let the proxy or CDN keep no answer of /api/me, and empty its cache. If no proxy keeps any, start the server again: cloudillo serve.',
  },
  'key-replaced': {
    severity: 'error',
    cause: 'Another key is published now under an ID that was known already.',
    next: 'If its operator did that, nothing is to be done: the key before is kept for what it signed. Otherwise ask its operator, by another way.',
  },
  'clock-ahead': {
    severity: 'error',
    cause: 'The clock of this machine is ahead. What is signed here is refused as issued in the future.',
    next: 'Set the clock of this machine, and let it be kept (timedatectl set-ntp true).',
  },
  'clock-behind': {
    severity: 'error',
    cause: 'The clock of this machine is behind. What others sign looks as if it came from the future.',
    next: 'Set the clock of this machine, and let it be kept (timedatectl set-ntp true).',
  },
  'peer-clock': {
    severity: 'error',
    cause: 'The clock of the peer is wrong: other instances agree with the clock here.',
    next: `${OPERATOR} set its clock, and let it be kept (timedatectl set-ntp true).`,
  },
  'clocks-differ': {
    severity: 'error',
    cause: 'The clocks of the peer and of this machine differ. Which of them is wrong can not be told from one peer.',
    next: 'Compare "date -u" with a clock that is right, and set the one that is wrong. Let another instance be a witness: cloudillo doctor PEER --witness IDTAG.',
  },
  'clock-drifts': {
    severity: 'warning',
    cause: 'The clocks of the peer and of this machine differ by less than the 5 minutes that are borne.',
    next: 'Let both clocks be kept (timedatectl set-ntp true).',
  },
  'no-cache': {
    severity: 'error',
    cause: 'The profile can not be cached: each look at it costs the whole of it.',
    next: `${OPERATOR} let the proxy pass ETag and If-None-Match on.`,
  },
  'app-domain-other': {
    severity: 'error',
    cause: 'The app domain does not name the identity.',
    next: 'Let the app domain pass /.well-known/cloudillo/id-tag to the Cloudillo server, with its own name as Host.',
  },
  'error-form': {
    severity: 'error',
    cause: 'Errors do not come in the form of the protocol: a proxy puts pages of its own in their place.',
    next: `${OPERATOR} let the proxy pass errors on (nginx: proxy_intercept_errors off).`,
  },
  'no-inbox': {
    severity: 'error',
    cause:
      'The inbox does not answer as one: something in front of the server refuses what is sent there (a firewall, a proxy that takes no POST), or changes it.',
    next: `${OPERATOR} let the proxy or firewall pass POST /api/inbox and its body on as they come.`,
  },
  'no-upgrade': {
    severity: 'warning',
    cause:
      'The WebSocket bus can not be opened: most often the proxy passes no Upgrade on. Actions arrive, and apps see nothing live.',
    next: `${OPERATOR} let the proxy pass Upgrade and Connection on at /ws/ (nginx: proxy_http_version 1.1, proxy_set_header Upgrade $http_upgrade).`,
  },
  'no-way-back': {
    severity: 'error',
    cause: 'The peer could not fetch the profile of {as}, so that it can verify nothing of it.',
    next: 'Look at that direction: cloudillo doctor {as}.',
  },
  'not-let-in': {
    severity: 'error',
    cause: 'The peer does not let {as} in: it blocks it, or refuses its signature.',
    next: 'Look at that direction (cloudillo doctor {as}), and ask its owner.',
  },
} as const satisfies Record<string, FaultTexts>;
