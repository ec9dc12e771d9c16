/** The definitions of all settings. */
import type { Visibility } from '../../protocol/visibility.ts';

/** Every setting by its name, with its type. Durations are milliseconds; null: not set. No setting is a secret. */
export interface SettingValues {
  'listen.host': string;
  'listen.port': number;
  'tls.cert': string | null;
  'tls.key': string | null;
  'tls.directory': string | null;
  'acme.enabled': boolean;
  'acme.agree': boolean;
  'acme.directory': string;
  'acme.email': string | null;
  'acme.ca': string | null;
  'acme.httpPort': number;
  'acme.dnsHook': string | null;
  'acme.eabKid': string | null;
  'acme.eabKey': string | null;
  'proxy.trusted': string[];
  'keys.groupReadable': boolean;
  network: string | null;
  rateLimits: boolean;
  followers: boolean;
  connectionMode: 'ask' | 'accept' | 'ignore';
  autoApprove: boolean;
  defaultVisibility: Visibility;
  'request.timeout': number;
  'log.level': 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  'inbox.concurrency': number;
  'inbox.queue': number;
  'delivery.concurrency': number;
  'delivery.keepEnded': number;
  'files.maxBytes': number;
  'limits.issuerActions': number;
  'limits.issuerBytes': number;
  'limits.strangerActions': number;
  'limits.strangerBytes': number;
  'limits.minFree': number;
}

/** The name of a setting, as in `config.json` and for `cloudillo config`. */
export type SettingName = keyof SettingValues;

type Group<Name extends SettingName> = Name extends `${infer G}.${string}` ? G : never;
type Member<G extends string> = Extract<SettingName, `${G}.${string}`>;

/** The settings in the form that the program uses: `settings.listen.port`, `settings.followers`. */
export type Settings = { readonly [N in Exclude<SettingName, `${string}.${string}`>]: SettingValues[N] } & {
  readonly [G in Group<SettingName>]: {
    readonly [N in Member<G> as N extends `${G}.${infer Last}` ? Last : never]: SettingValues[N];
  };
};

/** The definition of one setting. */
export interface SettingDefinition<T = unknown> {
  /** A duration is milliseconds here, and a text with a unit (`10s`) wherever people read or write it. */
  kind: 'text' | 'host' | 'path' | 'integer' | 'duration' | 'boolean' | 'choice' | 'networks';
  default: T;
  /** The environment variable that sets it. */
  env: string;
  /** One sentence for `config explain` and the generated docs. */
  description: string;
  min?: number;
  max?: number;
  choices?: readonly string[];
}

/** All settings, in the order in which they are shown. */
export const SETTINGS: { readonly [N in SettingName]: SettingDefinition<SettingValues[N]> } = {
  'listen.host': {
    kind: 'host',
    default: '127.0.0.1',
    env: 'CLOUDILLO_LISTEN_HOST',
    description: 'Address that the server listens on; loopback unless told. 0.0.0.0 or :: for all.',
  },
  'listen.port': {
    kind: 'integer',
    default: 8443,
    env: 'CLOUDILLO_LISTEN_PORT',
    description: 'Port that the server listens on; 0 takes a free one.',
    min: 0,
    max: 65535,
  },
  'tls.cert': {
    kind: 'path',
    default: null,
    env: 'CLOUDILLO_TLS_CERT',
    description: 'PEM file with the certificate chain; read again when it changes.',
  },
  'tls.key': {
    kind: 'path',
    default: null,
    env: 'CLOUDILLO_TLS_KEY',
    description: 'PEM file with the certificate’s private key; read again when it changes.',
  },
  'tls.directory': {
    kind: 'path',
    default: null,
    env: 'CLOUDILLO_TLS_DIRECTORY',
    description:
      'Directory with a certificate per identity: <A-label>/cert.pem and key.pem (or fullchain.pem and privkey.pem). Not set: identities/<A-label>/tls in the home.',
  },
  'acme.enabled': {
    kind: 'boolean',
    default: false,
    env: 'CLOUDILLO_ACME_ENABLED',
    description: 'Get and renew certificates by themselves, from an authority that speaks ACME.',
  },
  'acme.agree': {
    kind: 'boolean',
    default: false,
    env: 'CLOUDILLO_ACME_AGREE',
    description: 'The terms of service of the certificate authority are agreed to.',
  },
  'acme.directory': {
    kind: 'text',
    default: 'https://acme-v02.api.letsencrypt.org/directory',
    env: 'CLOUDILLO_ACME_DIRECTORY',
    description: 'URL of the directory of the certificate authority. Its host and port may be at a private address.',
  },
  'acme.email': {
    kind: 'text',
    default: null,
    env: 'CLOUDILLO_ACME_EMAIL',
    description: 'Address to which the certificate authority writes.',
  },
  'acme.ca': {
    kind: 'path',
    default: null,
    env: 'CLOUDILLO_ACME_CA',
    description: 'PEM file with the root that the certificate authority’s own server has, where that is no public one.',
  },
  'acme.httpPort': {
    kind: 'integer',
    default: 0,
    env: 'CLOUDILLO_ACME_HTTP_PORT',
    description: 'Port at which the certificate authority is answered over HTTP (HTTP-01). 0: not used.',
    min: 0,
    max: 65535,
  },
  'acme.dnsHook': {
    kind: 'path',
    default: null,
    env: 'CLOUDILLO_ACME_DNS_HOOK',
    description:
      'Command that makes and removes TXT records for the certificate authority (DNS-01): add|remove NAME VALUE.',
  },
  'acme.eabKid': {
    kind: 'text',
    default: null,
    env: 'CLOUDILLO_ACME_EAB_KID',
    description: 'ID of an account that exists with the certificate authority already (external account binding).',
  },
  'acme.eabKey': {
    kind: 'path',
    default: null,
    env: 'CLOUDILLO_ACME_EAB_KEY',
    description: 'File with the key of that account, base64url. Nobody else may read it.',
  },
  'proxy.trusted': {
    kind: 'networks',
    default: [],
    env: 'CLOUDILLO_PROXY_TRUSTED',
    description: 'Addresses or networks (CIDR) of proxies whose forwarded client address is believed.',
  },
  'keys.groupReadable': {
    kind: 'boolean',
    default: false,
    env: 'CLOUDILLO_KEYS_GROUP_READABLE',
    description: 'Accept private keys that the group may read, as container platforms mount secrets.',
  },
  network: {
    kind: 'path',
    default: null,
    env: 'CLOUDILLO_NETWORK',
    description:
      'Sandbox network file: maps identities to addresses and names its DNS server and CA. Not set: the public network.',
  },
  rateLimits: {
    kind: 'boolean',
    default: true,
    env: 'CLOUDILLO_RATE_LIMITS',
    description: 'Limit requests per address, as the network does.',
  },
  followers: {
    kind: 'boolean',
    default: true,
    env: 'CLOUDILLO_FOLLOWERS',
    description: 'Accept followers. When off, a follow is answered as usual and has no effect.',
  },
  connectionMode: {
    kind: 'choice',
    default: 'ask',
    env: 'CLOUDILLO_CONNECTION_MODE',
    description: 'Connection requests: ask the owner, accept all, or ignore silently.',
    choices: ['ask', 'accept', 'ignore'],
  },
  autoApprove: {
    kind: 'boolean',
    default: false,
    env: 'CLOUDILLO_AUTO_APPROVE',
    description: 'Approve at once what connected people post on the wall, and send it to the followers.',
  },
  defaultVisibility: {
    kind: 'choice',
    default: 'F',
    env: 'CLOUDILLO_DEFAULT_VISIBILITY',
    description: 'Visibility of an action that says none and answers nothing: P everyone … D issuer and audience.',
    choices: ['P', 'V', '2', 'F', 'C', 'S', 'D'],
  },
  'request.timeout': {
    kind: 'duration',
    default: 10_000,
    env: 'CLOUDILLO_REQUEST_TIMEOUT',
    description: 'How long a request to another instance may take, such as 10s.',
    min: 100,
    max: 600_000,
  },
  'log.level': {
    kind: 'choice',
    default: 'info',
    env: 'CLOUDILLO_LOG_LEVEL',
    description: 'Least severe message that the server logs.',
    choices: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
  },
  'inbox.concurrency': {
    kind: 'integer',
    default: 16,
    env: 'CLOUDILLO_INBOX_CONCURRENCY',
    description: 'Inbox tokens that are verified at the same time.',
    min: 1,
    max: 1024,
  },
  'inbox.queue': {
    kind: 'integer',
    default: 1024,
    env: 'CLOUDILLO_INBOX_QUEUE',
    description: 'Inbox tokens that may wait to be verified; those beyond are answered 503.',
    min: 0,
    max: 100_000,
  },
  'delivery.concurrency': {
    kind: 'integer',
    default: 16,
    env: 'CLOUDILLO_DELIVERY_CONCURRENCY',
    description: 'Deliveries that the server makes at the same time; a peer that hangs takes one of them.',
    min: 1,
    max: 1024,
  },
  'delivery.keepEnded': {
    kind: 'duration',
    default: 30 * 86_400_000,
    env: 'CLOUDILLO_DELIVERY_KEEP_ENDED',
    description: 'How long ended deliveries are kept, such as 30d. A compaction of the journal forgets older ones.',
    min: 0,
    max: 36_500 * 86_400_000,
  },
  'files.maxBytes': {
    kind: 'integer',
    default: 100 * 1024 * 1024,
    env: 'CLOUDILLO_FILES_MAX_BYTES',
    description: 'Largest file, in bytes: of an upload, and of an attachment that is fetched.',
    min: 1,
    max: 4 * 1024 * 1024 * 1024,
  },
  'limits.issuerActions': {
    kind: 'integer',
    default: 1000,
    env: 'CLOUDILLO_LIMITS_ISSUER_ACTIONS',
    description:
      'Actions a day (UTC) that are stored of one issuer that is neither followed nor connected; those beyond are answered 429.',
    min: 0,
    max: 1_000_000_000,
  },
  'limits.issuerBytes': {
    kind: 'integer',
    default: 32 * 1024 * 1024,
    env: 'CLOUDILLO_LIMITS_ISSUER_BYTES',
    description:
      'Bytes a day (UTC) that are stored of one issuer that is neither followed nor connected, its files included.',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
  },
  'limits.strangerActions': {
    kind: 'integer',
    default: 50_000,
    env: 'CLOUDILLO_LIMITS_STRANGER_ACTIONS',
    description: 'Actions a day (UTC) that are stored of all issuers that are neither followed nor connected.',
    min: 0,
    max: 1_000_000_000,
  },
  'limits.strangerBytes': {
    kind: 'integer',
    default: 1024 * 1024 * 1024,
    env: 'CLOUDILLO_LIMITS_STRANGER_BYTES',
    description: 'Bytes a day (UTC) that are stored of all issuers that are neither followed nor connected.',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
  },
  'limits.minFree': {
    kind: 'integer',
    default: 256 * 1024 * 1024,
    env: 'CLOUDILLO_LIMITS_MIN_FREE',
    description:
      'Free bytes on the disk of the home below which strangers are answered 503; at most a tenth of the disk counts.',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
  },
};

/** All names, in the order in which they are shown. */
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];
