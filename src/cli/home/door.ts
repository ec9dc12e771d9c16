/** Access to a home's store for one command. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudilloError } from '../../protocol/errors.ts';
import { observed } from '../../protocol/observer.ts';
import { answerDoor, type DoorServer, type Operations } from '../../services/door/door-server.ts';
import { type OperationName, operations, READING } from '../../services/door/operations.ts';
import type { Emit, Log } from '../../services/runtime/deps.ts';
import { readingLines } from '../../services/tracing/trace-lines.ts';
import { Tracer } from '../../services/tracing/tracer.ts';
import { type HomeHold, holdHome } from '../../store/home/hold.ts';
import { openHomeDir } from '../../store/home/home.ts';
import { connectOwner, UNKNOWN_OWNERS } from '../../store/home/lock.ts';
import type { SettingsInput } from '../../store/settings/settings.ts';
import { type ComposedDeps, openDeps } from './compose.ts';
import { type Answer, askOwner } from './door-client.ts';
import { loadSettings } from './load-settings.ts';

/** How to open a door. */
export interface DoorOptions {
  /** Settings given as flags. They count only when this process does the work. */
  settings: SettingsInput;
  log: Log;
  /** Told of each setting in an old form, when this process reads them. */
  note: (text: string) => void;
  /** Gets the spans of the operations, wherever they run. Default: nobody does. */
  tracer?: Tracer | undefined;
}

/** Access to a home's store for one command: through the process that owns it, or by owning it for a while. */
export interface Door {
  run(op: OperationName, input: unknown, emit: Emit): Promise<unknown>;
  /** Ends the ownership: commands that asked meanwhile are served first. It is safe to call twice. */
  close(): Promise<void>;
}

/** How long a command tries, between an owner that ends and another one that takes over. Milliseconds. */
const GIVE_UP_AFTER = 10_000;

/**
 * Opens a door. Nothing is connected or locked until the first operation.
 * A process that takes the home keeps it until {@link Door.close}, and answers other commands meanwhile. Several commands at once
 * wait for one another's operations, not for one another's end.
 */
export function openDoor(home: string, options: DoorOptions): Door {
  const tracer = options.tracer ?? new Tracer();
  let owned: { hold: HomeHold; deps: ComposedDeps; server: DoorServer | null } | undefined;

  /** Takes the home, or only reads it where the disk takes no writes; undefined when another process owns it. */
  async function own(): Promise<typeof owned> {
    const hold = await holdHome(home);
    if (!hold) return undefined;
    const { lock, readOnly } = hold;
    if (readOnly) options.log('warn', readOnly.message);
    if (lock && lock.unknown.length > 0) options.log('warn', UNKNOWN_OWNERS, { home, names: lock.unknown });
    try {
      const { values, notes } = await loadSettings(home, options.settings);
      for (const note of notes) options.note(note);
      const deps = await openDeps(home, hold, values, options.log, tracer);
      return { hold, deps, server: lock && answerDoor(lock.server, deps, operations, tracer) };
    } catch (error) {
      await hold.release();
      throw error;
    }
  }

  async function run(op: OperationName, input: unknown, emit: Emit): Promise<unknown> {
    await openHomeDir(home);
    const deadline = performance.now() + GIVE_UP_AFTER;
    for (let wait = 2; ; wait = Math.min(wait * 2, 100)) {
      if (!owned) {
        const owner = await connectOwner(home);
        const answer = owner && (await askTraced(owner, tracer, { op, input }, emit));
        if (answer) return answer.result;
        owned = await own();
      }
      if (owned?.hold.readOnly && !READING.has(op)) throw owned.hold.readOnly;
      if (owned) return runHere(owned.deps, op, input, emit);
      if (performance.now() > deadline) throw busy(home);
      // The jitter keeps commands that wait for one home from trying at the same moment.
      await sleep(wait * (0.5 + Math.random()));
    }
  }

  async function close(): Promise<void> {
    if (!owned) return;
    const { hold, deps, server } = owned;
    owned = undefined;
    try {
      await server?.drain();
      await deps.close();
    } finally {
      await hold.release();
    }
  }

  return { run, close };
}

/** Asks the owner, and tells whoever follows this command of what it does there. */
function askTraced(
  owner: Socket,
  tracer: Tracer,
  request: { op: string; input: unknown },
  emit: Emit,
): Promise<Answer> {
  const wish = tracer.wish();
  if (!wish) return askOwner(owner, request, emit);
  return askOwner(owner, { ...request, trace: wish }, emit, readingLines(tracer.relay.bind(tracer)));
}

/** A command that is ended ends this process, too. */
const NEVER = new AbortController().signal;

/** Runs the operation in this process. The result is what the socket would have carried: plain JSON without shared objects. */
async function runHere(deps: ComposedDeps, op: OperationName, input: unknown, emit: Emit): Promise<unknown> {
  const all: Operations = operations;
  const operation = await all[op]!();
  const result = await observed(deps.observer, op, () => operation(deps, input, emit, NEVER));
  return JSON.parse(JSON.stringify(result ?? null));
}

/** The error for an owner that doesn't answer. A process that is about to end closes the connection instead. */
function busy(home: string): CloudilloError {
  return new CloudilloError('home.busy', `The process that owns ${home} takes no more requests: it is stopping`, {
    stage: 'home',
    hint: 'It completes its running work: try again in a minute. If it does not end, find it with "pgrep -af cloudillo", and end it',
    details: { home },
  });
}
