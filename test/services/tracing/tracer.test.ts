import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { observed } from '../../../src/protocol/observer.ts';
import type { SentRequest } from '../../../src/protocol/sent-request.ts';
import { readingLines, sendingLines, type TraceLine } from '../../../src/services/tracing/trace-lines.ts';
import type { SpanRecord, TraceListener } from '../../../src/services/tracing/trace-record.ts';
import { tracePlace, traceparent } from '../../../src/services/tracing/traceparent.ts';
import { Tracer } from '../../../src/services/tracing/tracer.ts';

const REQUEST: SentRequest = {
  method: 'GET',
  url: 'https://cl-o.bob.test/',
  query: [],
  headers: [],
  body: null,
  sandbox: null,
};

function listener() {
  const spans: SpanRecord[] = [];
  const ended: string[] = [];
  const listens: TraceListener = { began: (span) => spans.push(span), ended: ({ name }) => ended.push(name) };
  return { spans, ended, listens, paths: () => spans.map((span) => pathOf(span, spans)) };
}

function pathOf(span: SpanRecord, spans: readonly SpanRecord[]): string {
  const parent = spans.find(({ spanId }) => spanId === span.parentId);
  return parent ? `${pathOf(parent, spans)} > ${span.name}` : span.name;
}

it('makes no span while nobody listens, before and after somebody did', async () => {
  const tracer = new Tracer();
  expect(tracer.begin('arrival')).toBeNull();
  await tracer.follow({}, null, async () => expect(tracer.begin('arrival')).not.toBeNull());
  expect(tracer.begin('arrival')).toBeNull();
  tracer.listen([{}])();
  expect(tracer.begin('arrival')).toBeNull();
  expect(tracer.wish()).toBeNull();
});

it('makes no span for what others do while one call is followed', async () => {
  const tracer = new Tracer();
  const { listens, paths } = listener();
  let other: unknown = 'not asked';
  let ask = () => {};
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const elsewhere = asked.then(() => {
    other = tracer.begin('another request');
  });
  await tracer.follow(listens, null, async () => {
    ask();
    await elsewhere;
    // What this process does for another command meanwhile.
    expect(tracer.apart(() => tracer.begin('served'))).toBeNull();
    tracer.begin('own')?.end();
  });
  expect(other).toBeNull();
  expect(paths()).toEqual(['own']);
});

it('finds the parent of a span wherever it is begun, and ends all of them', async () => {
  const tracer = new Tracer();
  const { listens, paths, ended, spans } = listener();
  await tracer.follow(listens, null, () =>
    observed(tracer, 'command', async () => {
      await Promise.all(
        ['a', 'b'].map((name) =>
          observed(tracer, name, async () => {
            await sleep(1);
            await observed(tracer, 'lookup', async (span) => span?.begin('dns').end());
          }),
        ),
      );
      await observed(tracer, 'broken', () => Promise.reject(new CloudilloError('dns.nxdomain', 'no name'))).catch(
        () => {},
      );
    }),
  );
  expect(paths().toSorted()).toEqual([
    'command',
    'command > a',
    'command > a > lookup',
    'command > a > lookup > dns',
    'command > b',
    'command > b > lookup',
    'command > b > lookup > dns',
    'command > broken',
  ]);
  expect(ended).toHaveLength(spans.length);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  const broken = spans.find(({ name }) => name === 'broken');
  expect(broken?.error).toEqual({ code: 'dns.nxdomain', message: 'no name' });
});

it('tells whoever follows a call of what is followed within it, too', async () => {
  const tracer = new Tracer();
  const [outer, inner] = [listener(), listener()];
  await tracer.follow(outer.listens, null, () =>
    observed(tracer, 'command', async () => {
      await tracer.follow(inner.listens, tracer.current(), async () => tracer.begin('part')?.end());
      tracer.begin('after')?.end();
    }),
  );
  expect(outer.paths()).toEqual(['command', 'command > part', 'command > after']);
  expect(inner.paths()).toEqual(['part']);
});

it('continues the trace of the same owner', async () => {
  const tracer = new Tracer();
  const { listens, spans } = listener();
  const place = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), sampled: true };
  await tracer.follow(listens, traceparent(place), async () => {
    expect(tracer.wish()).toEqual({ parent: traceparent(place), requests: false });
    tracer.begin('operation')?.end();
  });
  expect(spans).toMatchObject([{ traceId: place.traceId, parentId: place.spanId }]);
});

it('describes a request only for somebody who wants to know', async () => {
  const tracer = new Tracer();
  let described = 0;
  const describe = () => {
    described += 1;
    return REQUEST;
  };
  await tracer.follow({ began: () => {} }, null, async () => tracer.begin('GET')?.sent(describe));
  expect(described).toBe(0);
  const told: SentRequest[] = [];
  await tracer.follow({ sent: (_span, request) => told.push(request) }, null, async () =>
    tracer.begin('GET')?.sent(describe),
  );
  expect(told).toEqual([REQUEST]);
});

it('leaves out the text of an error that is not ours, and what may be a secret', async () => {
  const tracer = new Tracer();
  const { listens, spans } = listener();
  await tracer.follow(listens, null, async () => {
    tracer.begin('a')?.end(Object.assign(new Error('a secret'), { code: 'ECONNREFUSED' }));
    tracer.begin('b')?.end(new TypeError('a secret'));
    tracer
      .begin('c')
      ?.end(new CloudilloError('peer.refused', 'it said: Bearer abc.def and https://u:p@x/?q=secret&r=1'));
    const span = tracer.begin('d');
    span?.fact('text', 'eyJhbGciOiJFUzM4NCJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl');
    span?.fact('list', ['https://x.test/?token=abc']);
  });
  expect(spans.map(({ error }) => error)).toEqual([
    { code: 'ECONNREFUSED', message: '' },
    { code: 'TypeError', message: '' },
    { code: 'peer.refused', message: 'it said: Bearer <removed> and https://<removed>@x/?q=<removed>&r=<removed>' },
    null,
  ]);
  expect(spans[3]?.facts).toEqual({ text: '<removed>', list: ['https://x.test/?token=<removed>'] });
});

it('crosses a socket as lines, and is the same on the other side', async () => {
  const server = new Tracer();
  const command = new Tracer();
  const { listens, spans, ended, paths } = listener();
  const progress: unknown[] = [];
  const sent: SentRequest[] = [];
  const all: TraceListener = {
    ...listens,
    progress: (span, done, total) => progress.push([span.name, done, total]),
    sent: (_span, request) => sent.push(request),
  };
  await command.follow(all, null, () =>
    observed(command, 'command', async () => {
      const read = readingLines((tell) => command.relay(tell));
      const wish = command.wish();
      expect(wish?.requests).toBe(true);
      const send = (line: TraceLine) => read(JSON.parse(JSON.stringify(line)));
      await server.follow(sendingLines(send, wish!), wish!.parent, () =>
        observed(server, 'operation', async (span) => {
          span?.progress(1, 2);
          const part = span?.begin('GET');
          part?.sent(() => REQUEST);
          part?.fact('http.response.status_code', 200);
          part?.end();
        }),
      );
    }),
  );
  expect(paths()).toEqual(['command', 'command > operation', 'command > operation > GET']);
  expect(ended).toEqual(['GET', 'operation', 'command']);
  expect(spans[2]?.facts).toEqual({ 'http.response.status_code': 200 });
  expect(progress).toEqual([['operation', 1, 2]]);
  expect(sent).toEqual([REQUEST]);
});

it.each([
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', true],
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00', false],
  ['cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later', true],
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more', null],
  ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', null],
  ['00-00000000000000000000000000000000-b7ad6b7169203331-01', null],
  ['00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01', null],
  ['00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01', null],
  ['', null],
])('reads the header %s', (header, sampled) => {
  expect(tracePlace(header)?.sampled ?? null).toBe(sampled);
});
