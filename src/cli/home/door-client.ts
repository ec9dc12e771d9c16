/** The client side of the control door. */
import type { Socket } from 'node:net';
import { CloudilloError, type ErrorObject, errorFromObject } from '../../protocol/errors.ts';
import type { StageEvent } from '../../services/runtime/deps.ts';
import type { TraceLine, TraceWish } from '../../services/tracing/trace-lines.ts';

/** The lines that the owner's process sends. */
type AnswerLine = { event: StageEvent } | { trace: TraceLine } | { result: unknown } | { error: ErrorObject };

/**
 * The owner's answer; null when the owner closed the connection before it began. It was about to end, so the request starts over.
 */
export type Answer = { result: unknown } | null;

/** How long an owner may take until it has begun, milliseconds. One that starts on a large store reads it first. */
const PATIENCE = 30_000;

/**
 * Sends one request through the control door.
 * @param emit receives the owner's events; a promise delays the next event
 * @param trace receives the spans of the operation, when the request wishes for them
 * @param patience how long the owner may take until it has begun, milliseconds
 * @throws CloudilloError what the operation threw in the owner's process; `home.owner-lost` when that process ended after it had
 *   begun; `home.silent` when it doesn't begin
 */
export async function askOwner(
  socket: Socket,
  request: { op: string; input: unknown; trace?: TraceWish },
  emit: (event: StageEvent) => unknown,
  trace: (line: TraceLine) => void = () => {},
  patience = PATIENCE,
): Promise<Answer> {
  let begun = false;
  let rest = '';
  let refused: { error: unknown } | undefined;
  // An error of this side (stdout is closed) is not the owner's.
  const pass = async (event: StageEvent) => {
    try {
      await emit(event);
    } catch (error) {
      refused = { error };
      throw error;
    }
  };
  // An owner begins at once, whatever the operation takes then.
  const waiting = setTimeout(() => socket.destroy(silent()), patience);
  socket.setEncoding('utf8');
  socket.write(`${JSON.stringify(request)}\n`);
  try {
    for await (const chunk of socket as AsyncIterable<string>) {
      begun = true;
      clearTimeout(waiting);
      rest += chunk;
      for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
        const line = JSON.parse(rest.slice(0, end)) as AnswerLine;
        rest = rest.slice(end + 1);
        if ('error' in line) throw errorFromObject(line.error);
        if ('result' in line) return line;
        if ('trace' in line) trace(line.trace);
        else await pass(line.event);
      }
    }
  } catch (error) {
    if (refused) throw refused.error;
    if (error instanceof CloudilloError) throw error;
    if (begun) throw ownerLost(error);
    return null;
  } finally {
    clearTimeout(waiting);
    socket.destroy();
  }
  if (begun) throw ownerLost(undefined);
  return null;
}

function silent(): CloudilloError {
  return new CloudilloError(
    'home.silent',
    'The process that owns this home says nothing: it hangs, is stopped, or still reads a large store',
    {
      stage: 'home',
      hint: 'See its state with "pgrep -af cloudillo" and "ps -o pid,stat,time -p PID" (T: stopped). It goes on with "kill -CONT PID"; else end it, and start it again. What this command asked for may be done when it goes on',
    },
  );
}

function ownerLost(cause: unknown): CloudilloError {
  return new CloudilloError('home.owner-lost', 'The process that owns this home ended before it answered', {
    stage: 'server',
    hint: 'Everything that it had stored is safe. See "cloudillo status", then run the command again',
    cause,
  });
}
