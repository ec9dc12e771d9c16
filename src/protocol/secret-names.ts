/** The names of what is secret: fields, headers, parameters, settings and variables. Whatever takes secrets out asks here. */

/** How the name of a secret ends, without regard to case, `-` and `_`. */
const ENDINGS = [
  'password',
  'passphrase',
  'secret',
  'authorization',
  'cookie',
  'token',
  'bearer',
  'credential',
  'credentials',
  'api[-_]?key',
  'access[-_]?key',
  'private[-_]?key',
  'plaintext[-_]?key',
] as const;

/** A part of a regular expression: the whole name of a secret. */
export const SECRET_NAME = `(?:[\\w-]*?(?:${ENDINGS.join('|')})|related|d)`;

const NAMES_SECRET = new RegExp(`(?:${ENDINGS.join('|')})$|^(?:related|d)$`, 'i');
/** The variables of OpenTelemetry with the headers of a collector, which is told there who sends. */
const COLLECTOR_HEADERS = /^OTEL_EXPORTER_OTLP_(?:\w+_)?HEADERS$/;

/** Whether the value of such a field, header, setting or variable is a secret. `d` is the private part of a JWK. */
export function isSecretName(name: string): boolean {
  return NAMES_SECRET.test(name) || (name.startsWith('OTEL_') && COLLECTOR_HEADERS.test(name));
}

const MAY_BE_SECRET = /token|key|secret|passw|passphrase|credential|auth|cookie/i;

/** Whether a value of this name that we send may be a secret, so that no message repeats it. */
export function mayBeSecret(name: string): boolean {
  return MAY_BE_SECRET.test(name);
}

/** Headers whose values say nothing about anybody. All others may hold secrets. */
const PLAIN_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'connection',
  'content-type',
  'if-none-match',
  'if-modified-since',
  'range',
  'sec-websocket-key',
  'sec-websocket-version',
  'upgrade',
  'user-agent',
]);

/** Whether the value of a header of a request can be shown. */
export function isPlainHeader(name: string): boolean {
  return PLAIN_HEADERS.has(name.toLowerCase());
}

/** Parameters of the API whose values are no secrets. All others may hold secrets: the name doesn't say. */
const PLAIN_PARAMETERS: ReadonlySet<string> = new Set([
  'audience',
  'before',
  'createdAfter',
  'cursor',
  'dir',
  'issuer',
  'limit',
  'order',
  'parentId',
  'scope',
  'since',
  'sort',
  'status',
  'subject',
  'tag',
  'type',
  'types',
  'variant',
]);

/** Whether the value of a parameter of a URL can be shown. */
export function isPlainParameter(name: string): boolean {
  return PLAIN_PARAMETERS.has(name);
}
