import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A span as a collector gets it (OTLP, JSON). */
export interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
  links?: { traceId: string; spanId: string }[];
  status: { code?: number; message?: string };
}

/** A collector of traces on loopback: OTLP over HTTP, as JSON. */
export interface Collector {
  url: string;
  /** What was posted, by path. */
  posts: { path: string; headers: IncomingMessage['headers']; body: string }[];
  spans(): CollectedSpan[];
  /** The attributes of the resource that the first spans are of. */
  resource(): Record<string, unknown>;
}

/** Starts a collector. @param status what it answers @param atEnd when it is closed; default: at the end of the test */
export async function startCollector(
  status = 200,
  atEnd: (close: () => void) => void = onTestFinished,
): Promise<Collector> {
  const posts: Collector['posts'] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    posts.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => void server.close());
  const sent = () => posts.flatMap(({ body }) => JSON.parse(body).resourceSpans);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    spans: () =>
      sent().flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }: { spans: CollectedSpan[] }) => spans)),
    resource: () => attributes(sent()[0].resource.attributes),
  };
}

/** Attributes as an object. */
export function attributes(list: CollectedSpan['attributes']): Record<string, unknown> {
  return Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));
}
