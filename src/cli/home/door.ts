import { setTimeout as sleep } from 'node:timers/promises';
import { CloudilloError } from '../../protocol/errors.ts';
import { answerDoor, type DoorServer, type Operations } from '../../services/door/door-server.ts';
import { type OperationName, operations } from '../../services/door/operations.ts';
import type { Emit, Log } from '../../services/runtime/deps.ts';
import { openHomeDir } from '../../store/home/home.ts';
import { acquireHome, connectOwner, type HomeLock, UNKNOWN_OWNERS } from '../../store/home/lock.ts';
import type { SettingsInput } from '../../store/settings/settings.ts';
import { type ComposedDeps, openDeps } from './compose.ts';
import { askOwner } from './door-client.ts';
import { loadSettings } from './load-settings.ts';

export interface DoorOptions {
  /** Settings given as flags; they count only when this process does the work. */
  settings: SettingsInput;
  log: Log;
}

/** The way to a home's store for one command: through the process that owns it, or by owning it for a while. */
export interface Door {
  run(op: OperationName, input: unknown, emit: Emit): Promise<unknown>;
  /** Ends an ownership: serves those who asked meanwhile, then lets go. Safe to call twice. */
  close(): Promise<void>;
}

/** How long to go on between an owner that is letting go and another that takes over before giving up. Milliseconds. */
const GIVE_UP_AFTER = 10_000;

/**
 * Opens the way to the home's store; nothing is connected or locked until the first operation.
 *
 * Whoever takes the home keeps it until {@link Door.close} and answers other commands meanwhile, so that several at once
 * wait for each other's operations and not for each other's end.
 */
export function openDoor(home: string, options: DoorOptions): Door {
  let owned: { lock: HomeLock; deps: ComposedDeps; server: DoorServer } | undefined;

  /** Takes the home, or gives null when another process has it. */
  async function own(): Promise<typeof owned> {
    const lock = await acquireHome(home);
    if (!lock) return undefined;
    if (lock.unknown.length > 0) options.log('warn', UNKNOWN_OWNERS, { home, names: lock.unknown });
    try {
      const { values } = await loadSettings(home, options.settings);
      const deps = await openDeps(home, lock.fence, values, options.log);
      return { lock, deps, server: answerDoor(lock.server, deps) };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async function run(op: OperationName, input: unknown, emit: Emit): Promise<unknown> {
    await openHomeDir(home);
    const deadline = performance.now() + GIVE_UP_AFTER;
    for (let wait = 2; ; wait = Math.min(wait * 2, 100)) {
      if (!owned) {
        const owner = await connectOwner(home);
        const answer = owner && (await askOwner(owner, { op, input }, emit));
        if (answer) return answer.result;
        owned = await own();
      }
      if (owned) return runHere(owned.deps, op, input, emit);
      if (performance.now() > deadline) throw busy(home);
      // Jitter, so that many commands that wait for one home don't move in step.
      await sleep(wait * (0.5 + Math.random()));
    }
  }

  async function close(): Promise<void> {
    if (!owned) return;
    const { lock, deps, server } = owned;
    owned = undefined;
    try {
      await server.drain();
      await deps.close();
    } finally {
      await lock.release();
    }
  }

  return { run, close };
}

/** A command that is ended ends this process with it. */
const NEVER = new AbortController().signal;

/** The operation in this process. Its result is what would have come through the socket: plain JSON, nothing shared. */
async function runHere(deps: ComposedDeps, op: OperationName, input: unknown, emit: Emit): Promise<unknown> {
  const all: Operations = operations;
  const operation = await all[op]!();
  const result = await operation(deps, input, emit, NEVER);
  return JSON.parse(JSON.stringify(result ?? null));
}

/** Whoever hangs keeps its clients waiting; closed without a word is what a process does that is about to let go. */
function busy(home: string): CloudilloError {
  return new CloudilloError('home.busy', `The process that owns ${home} takes no more requests: it is stopping`, {
    stage: 'home',
    hint: 'It finishes what it began: try again in a minute. If it never ends, see "pgrep -af cloudillo", and end it',
    details: { home },
  });
}
