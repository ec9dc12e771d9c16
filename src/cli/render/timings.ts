import type { Timings } from '../../federation/http/timings.ts';

/** The stages of a request in one line. */
export function timingsText({ dns, connect, tls, firstByte, total, reused }: Timings): string {
  const open = reused ? 'connection reused' : `dns ${dns} ms, connect ${connect} ms, tls ${tls} ms`;
  return `${open}, first byte ${firstByte} ms, total ${total} ms`;
}
