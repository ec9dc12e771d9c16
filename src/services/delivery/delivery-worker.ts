/** The worker that delivers the queue while a server runs. */
import { isLocalFailure } from '../../federation/http/network-failure.ts';
import { errorToObject } from '../../protocol/errors.ts';
import type { Delivery } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';
import { type ReadToken, rememberTokens } from './action-tokens.ts';
import type { DeliverDeps } from './attempt.ts';
import { deliverOne } from './deliver.ts';
import { deliveryPause, isTooFar } from './delivery-policy.ts';
import { type DeliveryReport, deliveryEvent } from './delivery-report.ts';
import { DeliverySchedule } from './delivery-schedule.ts';

/** The parts that the worker needs. */
export type WorkerDeps = DeliverDeps & Pick<Deps, 'log' | 'live' | 'deliveryQueued'>;

/** The limits of the worker, and who is told of attempts. */
export interface WorkerOptions {
  /** Concurrent requests over all peers. */
  concurrency?: number;
  /** Called after each attempt, when its outcome is stored. */
  onAttempt?: (report: DeliveryReport) => void;
}

/** No timer of Node's runs longer than about 24 days. A day is enough. */
const LONGEST_SLEEP = 86_400_000;
/** Outcomes that may wait to be stored, for each slot: requests don't wait for a slow disk. */
const UNSETTLED = 4;
/** The pause after a failure of the store. It doubles each time, up to the second number. Milliseconds. */
const [STORE_PAUSE, LONGEST_STORE_PAUSE] = [1000, 60_000];
/** The pause of all deliveries when this machine can open no connections. Milliseconds. */
const MACHINE_PAUSE = 5000;
/** The shortest time between two reactions to arriving actions, which may close a circuit. Milliseconds. */
const LISTEN_PAUSE = 100;
/** What was written this far in the future was written by a clock that was ahead. Milliseconds. */
const WRONG_CLOCK = 60_000;
/** Events of one record. */
const AT_ONCE = 500;

/**
 * Delivers what is queued, when it is due, until `signal` aborts. There is one request at a time from a tenant to a peer, oldest
 * first, and as many peers at once as there are slots. After a failure all deliveries to that peer wait. Resolves when the
 * current attempts are over.
 */
export async function startDeliveryWorker(
  deps: WorkerDeps,
  signal: AbortSignal,
  options: WorkerOptions = {},
): Promise<void> {
  await new DeliveryWorker(deps, signal, options).run();
}

class DeliveryWorker {
  readonly #deps: WorkerDeps;
  readonly #signal: AbortSignal;
  readonly #slots: number;
  readonly #onAttempt: (report: DeliveryReport) => void;
  readonly #schedule: DeliverySchedule;
  readonly #readToken: ReadToken;
  #asking = 0;
  #timer: NodeJS.Timeout | undefined;
  #listening: NodeJS.Timeout | undefined;
  #storeFailures = 0;
  /** Attempts in a row for which this machine could open no connection. */
  #unasked = 0;
  /** By the monotonic clock. */
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #idle: () => void = () => {};

  constructor(deps: WorkerDeps, signal: AbortSignal, { concurrency = 16, onAttempt = () => {} }: WorkerOptions) {
    this.#deps = deps;
    this.#signal = signal;
    this.#slots = concurrency;
    this.#onAttempt = onAttempt;
    this.#schedule = new DeliverySchedule(deps.store, concurrency);
    this.#readToken = rememberTokens(deps.store);
  }

  async run(): Promise<void> {
    const { live, deliveryQueued } = this.#deps;
    const stops = [deliveryQueued.on(() => this.#fill()), live.on(() => this.#listen())];
    const ended = new Promise<void>((resolve) => {
      if (this.#signal.aborted) resolve();
      this.#signal.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      await this.#hasten();
      this.#fill();
      await ended;
    } finally {
      for (const stop of stops) stop();
      clearTimeout(this.#timer);
      clearTimeout(this.#listening);
    }
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
      if (this.#schedule.taken === 0) resolve();
    });
  }

  /**
   * Makes deliveries due that a server needn't wait for: those without an attempt, which waited for a server to start, and those
   * that a wrong clock left: with a time further ahead than any pause, or written in the future. All of them are handled in one turn of the event loop:
   * by the next one they may have been dropped.
   */
  async #hasten(): Promise<void> {
    const { store, clock } = this.#deps;
    const now = clock.monotonic();
    const isWaiting = ({ attempts, nextAt, to, at }: Delivery): boolean => {
      const failure = store.openCircuit(to);
      if (nextAt === null) return false;
      if (at > clock.wall() + WRONG_CLOCK) return true;
      if (isTooFar(nextAt, now) || (failure && isTooFar(failure.nextAt, now))) return true;
      return attempts === 0 && nextAt > now && !failure;
    };
    const waiting = store
      .deliveries({ state: 'queued' })
      .filter(isWaiting)
      .map((delivery) => deliveryEvent({ ...delivery, nextAt: now }, clock.wall(), null));
    const records: Promise<void>[] = [];
    for (let start = 0; start < waiting.length; start += AT_ONCE) {
      records.push(store.append(waiting.slice(start, start + AT_ONCE)));
    }
    await Promise.all(records).catch((error: unknown) => this.#storeFailed(error));
  }

  /** Starts as many attempts as there are slots, and sleeps until the next delivery is due. */
  #fill(): void {
    clearTimeout(this.#timer);
    if (this.#signal.aborted) return;
    const { store, clock } = this.#deps;
    const now = clock.monotonic();
    const paused = this.#pausedUntil - now;
    if (paused > 0) {
      this.#sleep(paused);
      return;
    }
    while (this.#asking < this.#slots && this.#schedule.taken < this.#slots * UNSETTLED) {
      const delivery = this.#schedule.take(now);
      if (!delivery) break;
      void this.#deliver(delivery);
    }
    const times = [store.nextDeliveryAt(now), this.#schedule.heldUntil(now)].filter((time) => time !== null);
    if (times.length > 0) this.#sleep(Math.min(...times) - now);
  }

  #sleep(ms: number): void {
    this.#timer = setTimeout(() => this.#fill(), Math.min(Math.max(Math.ceil(ms), 0), LONGEST_SLEEP));
  }

  /** Reacts to an event: a peer whose circuit was open may have sent something, so that its deliveries are due. */
  #listen(): void {
    if (this.#signal.aborted) return;
    this.#listening ??= setTimeout(() => {
      this.#listening = undefined;
      this.#fill();
    }, LISTEN_PAUSE);
  }

  /** Attempts a delivery. It never rejects. */
  async #deliver(delivery: Delivery): Promise<void> {
    this.#asking += 1;
    let isAsking = true;
    const onAnswer = (): void => {
      if (!isAsking) return;
      isAsking = false;
      this.#asking -= 1;
    };
    const options = {
      readToken: this.#readToken,
      retry: false,
      onAnswer: () => {
        onAnswer();
        this.#fill();
      },
    };
    try {
      const report = await deliverOne(this.#deps, delivery, options);
      this.#storeFailures = 0;
      this.#noteUnasked(report);
      this.#log(report);
      this.#onAttempt(report);
    } catch (error) {
      this.#storeFailed(error);
    }
    onAnswer();
    this.#schedule.done(delivery);
    if (this.#schedule.taken === 0) this.#idle();
    this.#fill();
  }

  /** Leaves a peer alone that this machine couldn't ask, and all of them when it could ask none of as many as there are slots. */
  #noteUnasked({ to, error }: DeliveryReport): void {
    if (!isLocalFailure(error)) {
      this.#unasked = 0;
      return;
    }
    const now = this.#deps.clock.monotonic();
    this.#schedule.hold(to, now + deliveryPause(1));
    this.#unasked += 1;
    if (this.#unasked % this.#slots === 0) this.#pausedUntil = now + MACHINE_PAUSE;
  }

  /** Pauses after a failure of the store. Otherwise the worker would spin, and send again and again what it can't record. */
  #storeFailed(error: unknown): void {
    const pause = Math.min(STORE_PAUSE * 2 ** this.#storeFailures, LONGEST_STORE_PAUSE);
    this.#storeFailures += 1;
    this.#pausedUntil = this.#deps.clock.monotonic() + pause;
    this.#deps.log('error', 'Could not record a delivery', { error: errorToObject(error), pause });
  }

  #log({ state, tenant, to, actionId, attempts, nextAt, error }: DeliveryReport): void {
    const fields = { tenant, to, actionId, attempts, ...(nextAt !== null && { nextAt }), ...(error && { error }) };
    if (state === 'delivered') this.#deps.log('debug', `Delivered to ${to}`, fields);
    else this.#deps.log('warn', `Delivery to ${to} ${state}: ${error?.message ?? 'no reason given'}`, fields);
  }
}
