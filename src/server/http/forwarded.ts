import type { IncomingMessage } from 'node:http';
import { plainAddress } from './client-address.ts';

/** `192.0.2.1:40001`, `[2001:db8::1]`, `[2001:db8::1]:443`; the port may be an obfuscated one (RFC 7239, 6.2 and 6.3). */
const NODE = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(?:\d{1,5}|_[\w.-]+))?$/;

/**
 * Who the proxies say that they forward for, the nearest first. Null stands for what is no address: `unknown`, an obfuscated
 * identifier, garbage.
 */
type Hops = (string | null)[];

/** What the socket and the headers say; Node joins the lines of either header by commas. */
type Arrival = Pick<IncomingMessage, 'headers'> & { socket: { remoteAddress?: string | undefined } };

/**
 * The client's address: the socket's, or, when that is a trusted proxy's, what it forwards for, and so on from the right. Where no
 * address is told, it is the last proxy's: all who come by that way count as one client.
 *
 * A proxy writes one of the two headers and may pass on the other one as a client wrote it. When they disagree nobody can tell which one is
 * the proxy's, and neither is believed.
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

/** An element of `Forwarded` (RFC 7239, 4). Without `for`, or with two of them, it names nobody. */
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
 * The parts of a list without empty ones (RFC 9110, 5.6.1). It is read from the right: proxies append, so that a quote that a client leaves
 * open must not swallow what follows it.
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
