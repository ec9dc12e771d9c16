/**
 * Requests as commands that send them again. Secrets and bodies are never shown: a variable stands for each, after the command that
 * sets it.
 */
import { isIP } from 'node:net';
import { API_PREFIX } from '../../protocol/id-tag.ts';
import type { SentRequest, SentValue } from '../../protocol/sent-request.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import type { SpanRecord, TraceListener } from '../../services/tracing/trace-record.ts';
import type { TraceFlags } from './trace-wish.ts';

/** Where the secrets of this run came from. */
export interface CurlSources extends Pick<TraceFlags, 'as' | 'bearer-file' | 'data'> {
  /** The absolute path of the home. */
  home: string;
}

/** A listener that writes the commands of each request when it is sent. They run in a POSIX shell, with `curl` and `jq`. */
export function curlLines(sources: CurlSources, tell: (lines: string[]) => void): TraceListener {
  const open = new Map<string, SpanRecord>();
  let authority: string | undefined;
  const actionOf = (span: SpanRecord | undefined): string | undefined => {
    if (!span) return undefined;
    const action = span.facts['cloudillo.action'];
    return typeof action === 'string' ? action : actionOf(open.get(span.parentId ?? ''));
  };
  return {
    began: (span) => void open.set(span.spanId, span),
    ended: (span) => void open.delete(span.spanId),
    sent(span, request) {
      const ca = request.sandbox?.ca;
      const lines = ca === undefined || ca === authority ? [] : saveAuthority(ca);
      authority = ca ?? authority;
      tell([...lines, ...commandsOf(request, sources, actionOf(span))]);
    },
  };
}

function saveAuthority(pem: string): string[] {
  return [
    '# the authority of the sandbox',
    'CLOUDILLO_CA="$(mktemp)"; cat > "$CLOUDILLO_CA" <<\'END\'',
    ...pem.trim().split(/\r?\n/),
    'END',
  ];
}

function commandsOf(request: SentRequest, sources: CurlSources, action: string | undefined): string[] {
  const { method, url, query, headers, body } = request;
  const setters = new Map<string, string>();
  const words = [...methodWords(method), ...(request.upgrade ? UPGRADING : []), ...placeOf(request)];
  for (const { name, value } of headers) {
    // curl itself unpacks the answer, and knows the length of the body.
    if (name.toLowerCase() === 'accept-encoding') words.push('--compressed');
    else words.push('-H', headerWord(name, value, request, sources, setters));
  }
  const values = query.map(({ name, value }) => queryWord(name, value, request, sources, setters));
  const source = body === null ? null : bodySource(sources, action);
  if (source) {
    words.push('--data-binary', source.word);
    if (source.set) setters.set('CLOUDILLO_BODY', source.set);
    // With a body curl can't encode a query of its own.
    words.push(shellWord(url) + values.map(({ inUrl }, at) => `${at === 0 ? "'?'" : "'&'"}${inUrl}`).join(''));
  } else {
    if (values.length > 0) words.push('-G', ...values.flatMap(({ toEncode }) => ['--data-urlencode', toEncode]));
    words.push(shellWord(url));
  }
  return [`# ${method} ${url}`, ...setters.values(), `${source?.pipe ?? ''}${words.join(' ')}`];
}

/** It shows the answer, and for a while what comes after it. Frames are binary. */
const UPGRADING = ['--http1.1', '--include', '--no-buffer', '--max-time', '5', '--output', '-'];

function methodWords(method: string): string[] {
  if (method === 'GET') return ['curl', '-sS'];
  return method === 'HEAD' ? ['curl', '-sS', '--head'] : ['curl', '-sS', '-X', shellWord(method)];
}

/** Where a sandbox differs: the address, the port and the authority. */
function placeOf({ url, sandbox }: SentRequest): string[] {
  if (!sandbox) return [];
  const { hostname, port } = new URL(url);
  const address = isIP(sandbox.address) === 6 ? `[${sandbox.address}]` : sandbox.address;
  const to = `${hostname}:${port || 443}:${address}:${sandbox.port}`;
  return ['--cacert', '"$CLOUDILLO_CA"', '--connect-to', shellWord(to)];
}

function headerWord(
  name: string,
  value: SentValue,
  request: SentRequest,
  sources: CurlSources,
  setters: Map<string, string>,
): string {
  if ('text' in value) return shellWord(`${name}: ${value.text}`);
  const variable = value.secret === 'token' ? 'CLOUDILLO_TOKEN' : variableOf(name);
  setters.set(variable, value.secret === 'token' ? setToken(request, sources) : askFor(variable, `the header ${name}`));
  return `"${name}: ${value.prefix ?? ''}$${variable}"`;
}

function queryWord(
  name: string,
  value: SentValue,
  request: SentRequest,
  sources: CurlSources,
  setters: Map<string, string>,
): { toEncode: string; inUrl: string } {
  const key = encodeURIComponent(name);
  if ('text' in value) {
    const inUrl = shellWord(`${key}=${encodeURIComponent(value.text)}`);
    return { toEncode: shellWord(`${name}=${value.text}`), inUrl };
  }
  const isProxy = name === 'token' && new URL(request.url).pathname === EXCHANGE;
  const variable = isProxy ? 'CLOUDILLO_PROXY' : variableOf(name);
  setters.set(variable, isProxy ? `CLOUDILLO_PROXY="$(${signProxy(request, sources)})"` : askFor(variable, name));
  // The name may hold anything that a URL can.
  return { toEncode: `${shellWord(`${name}=`)}"$${variable}"`, inUrl: `${shellWord(`${key}=`)}"$${variable}"` };
}

/** Where a PROXY token is exchanged for an access token (specification: Access tokens). */
const EXCHANGE = '/api/auth/access-token';

/** The command that makes the access token of the request anew. */
function setToken(request: SentRequest, sources: CurlSources): string {
  const { 'bearer-file': bearerFile } = sources;
  if (bearerFile === '-') return askFor('CLOUDILLO_TOKEN', 'the access token');
  if (bearerFile !== undefined) return `CLOUDILLO_TOKEN="$(cat ${shellWord(bearerFile)})"`;
  const exchange = [
    ...['curl', '-sS', ...placeOf(request), '-G'],
    ...['--data-urlencode', `"token=$(${signProxy(request, sources)})"`],
    shellWord(new URL(request.url).origin + EXCHANGE),
  ].join(' ');
  return `CLOUDILLO_TOKEN="$(${exchange} | jq -r .data.token)"`;
}

function signProxy({ url }: SentRequest, { home, as }: CurlSources): string {
  const { hostname } = new URL(url);
  const audience = hostname.startsWith(API_PREFIX) ? hostname.slice(API_PREFIX.length) : hostname;
  const words = ['cloudillo', 'sign-token', '--type', 'PROXY', '--audience', audience];
  if (as !== undefined) words.push('--as', as);
  return [...words, '--home', home].map(shellWord).join(' ');
}

/** A command that asks for a secret of which only the user knows where it is. */
function askFor(variable: string, what: string): string {
  return `printf '%s: ' ${shellWord(what)} >&2; IFS= read -r ${variable}`;
}

function variableOf(name: string): string {
  return `CLOUDILLO_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}

/** Where the body comes from: a file, the journal, or whoever types it. */
function bodySource(
  { home, data }: CurlSources,
  action: string | undefined,
): { word: string; set?: string; pipe?: string } {
  if (data?.startsWith('@')) return { word: shellWord(data) };
  if (action !== undefined) {
    const words = ['cloudillo', 'actions', action, '--tokens', '--json', '--home', home].map(shellWord);
    return { word: '@-', pipe: `${words.join(' ')} | jq -c '{token}' | ` };
  }
  return { word: '"$CLOUDILLO_BODY"', set: askFor('CLOUDILLO_BODY', 'the body') };
}
