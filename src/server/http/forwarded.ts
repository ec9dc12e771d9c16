/** The client's address behind proxies, from `Forwarded` and `X-Forwarded-For`. */
import type { IncomingMessage } from 'node:http';
import { plainAddress } from './client-address.ts';

/** `192.0.2.1:40001`, `[2001:db8::1]`, `[2001:db8::1]:443`. The port may be an obfuscated one (RFC 7239, 6.2 and 6.3). */
const NODE = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(?:\d{1,5}|_[\w.-]+))?$/;

/** The addresses that the proxies forwarded for, the nearest first. null: `unknown`, an obfuscated identifier or garbage. */
type Hops = (string | null)[];

/** The address of the socket, and the headers. Node joins the lines of either header with commas. */
type Arrival = Pick<IncomingMessage, 'headers'> & { socket: { remoteAddress?: string | undefined } };

/**
 * The client's address: that of the socket, or when it is a trusted proxy the address that it forwarded for, and so on from the
 * right. Where a proxy names no address, the proxy's own counts: all clients behind it count as one.
 * A proxy writes one of the two headers and may pass on the other one as the client wrote it. When the two disagree, neither is
 * believed.
 */
export function clientAddress({ socket, headers }: Arrival, isProxy: (address: string) => boolean): string {
  const peer = plainAddress(socket.remoteAddress ?? '') ?? socket.remoteAddress ?? '';
  if (!isProxy(peer)) return peer;
  const said = [hopsOf(headers.forwarded, elementAddress), hopsOf(headers['x-forwarded-for'], nodeAddress)]
    .filter((hops) => hops.length > 0)
    .map((hops) => walk(peer, hops, isProxy));
  const [first = peer, second = first] = said;
  return first === second ? first : peer;
}

function hopsOf(header: string | string[] | undefined, addressOf: (text: string) => string | null): Hops {
  return splitOutsideQuotes([header ?? []].flat().join(','), ',')
    .map(addressOf)
    .reverse();
}

function walk(peer: string, hops: Hops, isProxy: (address: string) => boolean): string {
  let address = peer;
  for (const hop of hops) {
    if (hop === null) return address;
    address = hop;
    if (!isProxy(hop)) return address;
  }
  return address;
}

/** The address in an element of `Forwarded` (RFC 7239, 4); null without `for` or with two of them. */
function elementAddress(element: string): string | null {
  const values = splitOutsideQuotes(element, ';').flatMap((pair) => {
    const [, name, value = ''] = /^([^=]*)=(.*)$/.exec(pair) ?? [];
    return name?.trim().toLowerCase() === 'for' ? [value] : [];
  });
  return values.length === 1 ? nodeAddress(values[0] ?? '') : null;
}

function nodeAddress(text: string): string | null {
  const node = unquoted(text);
  const bare = plainAddress(node);
  if (bare !== null) return bare;
  const [, bracketed, plain] = NODE.exec(node) ?? [];
  if (bracketed !== undefined) return bracketed.includes(':') ? plainAddress(bracketed) : null;
  return plain === undefined ? null : plainAddress(plain);
}

function unquoted(text: string): string {
  const inside = /^"((?:[^"\\]|\\.)*)"$/.exec(text.trim())?.[1];
  return inside === undefined ? text.trim() : inside.replace(/\\(.)/g, '$1');
}

/**
 * Splits a list and drops empty parts (RFC 9110, 5.6.1). It is read from the right, because proxies append: a quote that a client
 * leaves open must not swallow what follows.
 */
function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let end = text.length;
  let quoted = false;
  for (let index = text.length - 1; index >= 0; index -= 1) {
    if (text[index] === '"' && !(quoted && isEscaped(text, index))) quoted = !quoted;
    if (text[index] !== separator || quoted) continue;
    parts.push(text.slice(index + 1, end));
    end = index;
  }
  parts.push(text.slice(0, end));
  return parts
    .reverse()
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text[index - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}
