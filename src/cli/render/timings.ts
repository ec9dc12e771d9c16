/** The timings of a request. */
import type { Timings } from '../../federation/http/timings.ts';

/** The stages of a request in one line, with the addresses that were tried when there were several. */
export function timingsText({ dns, connect, tls, firstByte, total, reused, address, tried = [] }: Timings): string {
  const others = tried.filter(({ outcome }) => outcome !== 'connected');
  const told = others.map(({ address, reason, ms }) => `${address} ${reason} (${ms} ms)`).join(', ');
  const where = others.length > 0 ? ` to ${address} while ${told}` : '';
  const open = reused ? 'connection reused' : `dns ${dns} ms, connect ${connect} ms${where}, tls ${tls} ms`;
  return `${open}, first byte ${firstByte} ms, total ${total} ms`;
}
