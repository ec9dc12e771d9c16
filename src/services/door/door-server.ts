/** The control door: through the control socket of a home other processes ask its owner to run operations. */
import type { Server, Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import { observed } from '../../protocol/observer.ts';
import type { Deps, Emit, StageEvent } from '../runtime/deps.ts';
import { sendingLines, type TraceLine, traceWish } from '../tracing/trace-lines.ts';
import type { Tracer } from '../tracing/tracer.ts';
import { type Operation, operations as registry } from './operations.ts';

/** Operations by name. Each is loaded at its first use. */
export type Operations = Readonly<Record<string, () => Promise<Operation>>>;

/** The largest request, in bytes. A request holds a post's text and a few IDs at most. */
const MAX_REQUEST = 4 * 1024 * 1024;

/** The most bytes that may wait for a client that reads too slowly, such as a watch on a stopped terminal. */
const MAX_WAITING = 16 * 1024 * 1024;

/** How long an owner that ends waits for a client that doesn't read its answer, in milliseconds. */
const PATIENCE = 2_000;

/** The server side of `control.sock`. */
export interface DoorServer {
  /** Accepts no more requests, so that their clients start over elsewhere, and waits for the running ones. */
  drain(): Promise<void>;
}

/** Who is told of what an operation does. */
interface Told {
  emit: Emit;
  trace: (line: TraceLine) => void;
}

/**
 * Answers commands of other processes while this process owns the home. Each connection carries one JSON line `{op, input}`, with
 * `trace` from a command that wants to see the spans of its operation. The
 * answer is `{event}` and `{trace}` lines, then one `{result}` or `{error}`. An empty answer means that nothing was begun.
 * Only the home's user reaches the socket (the home is 0700), so requests need no authentication.
 */
export function answerDoor(
  server: Server,
  deps: Deps,
  operations: Operations = registry,
  tracer: Tracer | null = null,
): DoorServer {
  const running = new Set<Promise<void>>();
  /** Clients that haven't sent their request, and those that haven't read the whole answer. */
  const [asking, taking] = [new Set<Socket>(), new Set<Socket>()];
  const ending = new AbortController();
  let closing = false;

  const onConnection = (socket: Socket) => {
    if (closing) {
      // The connection is closed without an answer: the client sees that nothing was begun, and starts over.
      socket.destroy();
      return;
    }
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, ending.signal]);
    asking.add(socket);
    const work = answer(socket, (line, told) => {
      asking.delete(socket);
      return perform(line, deps, told, { operations, tracer, signal });
    }).then(async () => {
      asking.delete(socket);
      taking.add(socket);
      if (closing) limitWait(socket);
      // Waits until the kernel has the whole answer. The owner destroys its connections after draining.
      await finished(socket.end(), { readable: false }).catch(() => {});
      taking.delete(socket);
      running.delete(work);
    });
    running.add(work);
  };
  server.on('connection', onConnection);

  return {
    async drain() {
      closing = true;
      // Operations without an end (a watch) are stopped here. All others finish.
      ending.abort();
      for (const socket of asking) socket.destroy();
      for (const socket of taking) limitWait(socket);
      while (running.size > 0) await Promise.all(running);
    },
  };
}

function limitWait(socket: Socket): void {
  socket.setTimeout(PATIENCE, () => socket.destroy());
}

/** Reads a request and answers it. It never rejects. */
async function answer(socket: Socket, work: (line: string, told: Told) => Promise<unknown>): Promise<void> {
  // A client that disconnects (Ctrl-C) doesn't stop its operation, which may be half stored by then.
  socket.on('error', () => {});
  const send = (line: Record<string, unknown>) => {
    if (socket.writable) socket.write(`${JSON.stringify(line)}\n`);
    if (socket.writableLength > MAX_WAITING) socket.destroy();
  };
  try {
    const line = await readLine(socket);
    if (line === null) return;
    // A space comes before the answer. A client that is disconnected after it knows that the operation was begun, and must not be
    // repeated.
    if (socket.writable) socket.write(' ');
    const told = { emit: (event: StageEvent) => send({ event }), trace: (trace: TraceLine) => send({ trace }) };
    send({ result: (await work(line, told)) ?? null });
  } catch (error) {
    send({ error: errorToObject(error) });
  }
}

async function perform(
  line: string,
  deps: Deps,
  { emit, trace }: Told,
  { operations, tracer, signal }: { operations: Operations; tracer: Tracer | null; signal: AbortSignal },
): Promise<unknown> {
  const { op, input, trace: wished } = parseRequest(line);
  if (typeof op !== 'string' || !Object.hasOwn(operations, op)) {
    throw new CloudilloError('usage.operation', `The running server knows no operation ${JSON.stringify(op)}`, {
      stage: 'server',
      hint: 'It is probably an older version: restart it with the installed one',
    });
  }
  const operation = await operations[op]!();
  if (!tracer) return operation(deps, input, emit, signal);
  // The connection belongs to another command than the one that this process may be tracing.
  const run = () => observed(tracer, op, () => operation(deps, input, emit, signal));
  const wish = traceWish(wished);
  return wish ? tracer.follow(sendingLines(trace, wish), wish.parent, run) : tracer.apart(run);
}

function parseRequest(line: string): { op?: unknown; input?: unknown; trace?: unknown } {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch (cause) {
    throw new CloudilloError('usage.operation', 'The request on the control socket is not JSON', { cause });
  }
  if (typeof request === 'object' && request !== null) return request;
  throw new CloudilloError('usage.operation', 'The request on the control socket is not an object');
}

/** The first line; null when the connection ends without one. */
function readLine(socket: Socket): Promise<string | null> {
  return new Promise((resolve, reject) => {
    // The client has disconnected already: another process probed the socket while this owner was opening its store. No event
    // will come.
    if (socket.destroyed || socket.readableEnded) return resolve(null);
    const chunks: Buffer[] = [];
    let size = 0;
    socket.on('data', (chunk: Buffer) => {
      const end = chunk.indexOf(10);
      chunks.push(end === -1 ? chunk : chunk.subarray(0, end));
      size += chunk.length;
      if (end !== -1) resolve(Buffer.concat(chunks).toString('utf8'));
      else if (size > MAX_REQUEST) {
        reject(new CloudilloError('usage.operation', 'The request on the control socket is too large'));
      }
    });
    socket.on('close', () => resolve(null));
    socket.on('end', () => resolve(null));
  });
}
