import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { askOwner } from '../../../src/cli/home/door-client.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { answerDoor, type DoorServer, type Operations } from '../../../src/services/door/door-server.ts';
import type { Deps, StageEvent } from '../../../src/services/runtime/deps.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';

const servers: Server[] = [];

/** A promise and the function that fulfils it. */
function gate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** A real Unix socket with a door behind it that knows these operations. */
async function openTestDoor(operations: Operations): Promise<{ path: string; door: DoorServer; server: Server }> {
  const path = join(temporaryDirectory(), 's');
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { path, door: answerDoor(server, {} as Deps, operations), server };
}

async function ask(path: string, op: string, input: unknown, events: StageEvent[] = []) {
  const socket = connect(path);
  return askOwner(socket, { op, input }, (event) => events.push(event));
}

/** Sends raw bytes and returns every line that comes back. */
async function send(path: string, bytes: string): Promise<unknown[]> {
  const socket = connect(path);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  socket.write(bytes);
  await new Promise((resolve) => socket.on('close', resolve));
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

describe('the control door', () => {
  it('of a process that hangs is given up, with what to do', async () => {
    const path = join(temporaryDirectory(), 's');
    const server = createServer((socket) => void socket.resume());
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const asked = askOwner(connect(path), { op: 'x', input: null }, () => {}, undefined, 20);
    await expect(asked).rejects.toMatchObject({
      code: 'home.silent',
      retryable: true,
      hint: expect.stringContaining('kill -CONT PID'),
    });
  });

  it('waits for an operation that has begun, however long it takes', async () => {
    const { path } = await openTestDoor({
      slow: async () => async () => new Promise((resolve) => setTimeout(() => resolve('done'), 200)),
    });
    const asked = askOwner(connect(path), { op: 'slow', input: null }, () => {}, undefined, 100);
    expect(await asked).toEqual({ result: 'done' });
  });

  it('passes on the input, the events in order, and the result', async () => {
    const { path } = await openTestDoor({
      double: async () => async (_deps, input: { n: number }, emit) => {
        emit({ stage: 'one', status: 'start' });
        emit({ stage: 'one', status: 'done', ms: 1 });
        return { n: input.n * 2, text: 'ünïcode\n' };
      },
    });
    const events: StageEvent[] = [];
    expect(await ask(path, 'double', { n: 21 }, events)).toEqual({ result: { n: 42, text: 'ünïcode\n' } });
    expect(events).toEqual([
      { stage: 'one', status: 'start' },
      { stage: 'one', status: 'done', ms: 1 },
    ]);
  });

  it('throws again what the operation threw, with all that it carries', async () => {
    const { path } = await openTestDoor({
      fail: async () => async () => {
        throw new CloudilloError('peer.refused', 'bob.test refused', {
          stage: 'delivery',
          retryable: true,
          hint: 'ask Bob',
          retryAfter: 7,
          details: { status: 403 },
          cause: new Error('E-AUTH-NOPERM'),
        });
      },
    });
    await expect(ask(path, 'fail', {})).rejects.toMatchObject({
      code: 'peer.refused',
      message: 'bob.test refused',
      stage: 'delivery',
      retryable: true,
      hint: 'ask Bob',
      retryAfter: 7,
      details: { status: 403 },
      cause: { message: 'E-AUTH-NOPERM' },
    });
  });

  it('turns a bug into internal.unexpected', async () => {
    const { path } = await openTestDoor({
      bug: async () => async () => {
        throw new TypeError('oops');
      },
    });
    await expect(ask(path, 'bug', {})).rejects.toMatchObject({ code: 'internal.unexpected' });
  });

  it('answers null for an operation without a result', async () => {
    const { path } = await openTestDoor({ nothing: async () => async () => undefined });
    expect(await ask(path, 'nothing', {})).toEqual({ result: null });
  });

  it.each(['unheard-of', '__proto__', 'constructor', 'toString'])('knows no operation %s', async (op) => {
    const { path } = await openTestDoor({});
    await expect(ask(path, op, {})).rejects.toMatchObject({ code: 'usage.operation' });
  });

  it.each(['not json\n', '\n', 'null\n', '[]\n', '42\n', '{}\n', '{"op":7}\n', '{"op":{"toString":1}}\n'])(
    'refuses %j and stays open',
    async (bytes) => {
      const { path } = await openTestDoor({ ok: async () => async () => 1 });
      expect(await send(path, bytes)).toMatchObject([{ error: { code: 'usage.operation' } }]);
      expect(await ask(path, 'ok', {})).toEqual({ result: 1 });
    },
  );

  it('refuses an endless request', async () => {
    const { path } = await openTestDoor({});
    expect(await send(path, 'x'.repeat(4 * 1024 * 1024 + 1))).toMatchObject([{ error: { code: 'usage.operation' } }]);
  });

  it('takes a request that comes in pieces', async () => {
    const { path } = await openTestDoor({ echo: async () => async (_deps, input) => input });
    const socket = connect(path);
    socket.setNoDelay(true);
    for (const piece of ['{"op":"ec', 'ho","input":"', 'é'.repeat(10_000), '"}', '\n']) {
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual({ result: 'é'.repeat(10_000) });
  });

  it('survives a client that goes away, and finishes what it asked for', async () => {
    const { promise: begun, resolve: begin } = gate();
    const { promise: gone, resolve: go } = gate();
    let finished = false;
    const { path, door } = await openTestDoor({
      slow: async () => async (_deps, _input, emit) => {
        begin();
        await gone;
        emit({ stage: 'late', status: 'done' });
        finished = true;
        return 'x'.repeat(1_000_000);
      },
    });
    const socket = connect(path);
    socket.write('{"op":"slow"}\n');
    await begun;
    socket.destroy();
    await new Promise((resolve) => socket.once('close', resolve));
    go();
    await door.drain();
    expect(finished).toBe(true);
  });

  it('while draining finishes what runs, to the last byte, and closes newcomers without a word', async () => {
    const { promise: begun, resolve: begin } = gate();
    const { promise: may, resolve: allow } = gate();
    const { path, door, server } = await openTestDoor({
      slow: async () => async () => {
        begin();
        await may;
        return 'x'.repeat(3_000_000);
      },
    });
    const running = ask(path, 'slow', {});
    await begun;
    const drained = door.drain();
    expect(await ask(path, 'slow', {})).toBeNull();
    allow();
    await drained;
    // What an owner does next: everything still open is cut off.
    server.close();
    expect(await running).toEqual({ result: 'x'.repeat(3_000_000) });
  });
});

describe('the client of the control door', () => {
  async function serve(onLine: (write: (text: string) => void, end: () => void) => void): Promise<string> {
    const path = join(temporaryDirectory(), 's');
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () =>
        onLine(
          (text) => socket.write(text),
          () => socket.destroy(),
        ),
      );
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return path;
  }

  it('gives null when the owner went before it began: nothing was done', async () => {
    expect(await ask(await serve((_write, end) => end()), 'x', {})).toBeNull();
  });

  it('throws home.owner-lost when the owner was killed in an operation that tells nothing of itself', async () => {
    let done = 0;
    let kill = () => {};
    const { path, server } = await openTestDoor({
      keygen: async () => async () => {
        done += 1;
        kill();
        await new Promise(() => {});
      },
    });
    server.once('connection', (socket) => {
      kill = () => socket.destroy();
    });
    // null would have it done a second time.
    await expect(ask(path, 'keygen', {})).rejects.toMatchObject({ code: 'home.owner-lost' });
    expect(done).toBe(1);
  });

  it('throws home.owner-lost when the owner went after it had begun', async () => {
    const path = await serve((write, end) => {
      write('{"event":{"stage":"a","status":"start"}}\n');
      setImmediate(end);
    });
    await expect(ask(path, 'x', {})).rejects.toMatchObject({ code: 'home.owner-lost', retryable: true });
  });
});
