import { errorToObject } from '../../protocol/errors.ts';
import type { Delivery } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';
import { type ReadToken, rememberTokens } from './action-tokens.ts';
import type { DeliverDeps } from './attempt.ts';
import { deliverOne } from './deliver.ts';
import { isTooFar } from './delivery-policy.ts';
import { type DeliveryReport, deliveryEvent } from './delivery-report.ts';
import { DeliverySchedule } from './delivery-schedule.ts';

/** What the worker needs. */
export type WorkerDeps = DeliverDeps & Pick<Deps, 'log' | 'live' | 'deliveryQueued'>;

/** How the worker behaves. */
export interface WorkerOptions {
  /** Requests under way at the same time, over all peers. */
  concurrency?: number;
  /** Called after each attempt, when all that came of it is stored. */
  onAttempt?: (report: DeliveryReport) => void;
}

/** No timer of Node's runs longer than about 24 days; a day is plenty. */
const LONGEST_SLEEP = 86_400_000;
/** Answers that wait to be written down, for each slot: the disk's pauses aren't the network's. */
const UNSETTLED = 4;
/** After the store failed; doubled each time. Milliseconds. */
const [STORE_PAUSE, LONGEST_STORE_PAUSE] = [1000, 60_000];
/** What arrives may be from a peer that we wait for. So often that is looked at. Milliseconds. */
const LISTEN_PAUSE = 100;
/** Events of a record. */
const AT_ONCE = 500;

/**
 * Delivers what is queued, when it is due, until `signal` is aborted: one request at a time from a tenant to a peer, oldest first,
 * and as many peers at once as there are slots. After a failure everything for that peer waits. Resolves when the attempts that
 * had begun are over.
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
   * What was never tried waits for nothing but a server: this is it. What waits longer than any pause was queued by a clock that was
   * wrong. All of it in this turn: what was looked at before a record was written may have been given up by then.
   */
  async #hasten(): Promise<void> {
    const { store, clock } = this.#deps;
    const now = clock.monotonic();
    const isWaiting = ({ attempts, nextAt, to }: Delivery): boolean => {
      const failure = store.openCircuit(to);
      if (nextAt === null) return false;
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

  /** Begins as much as may be under way, and sleeps until the next is due. */
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
    const nextAt = store.nextDeliveryAt(now);
    if (nextAt !== null) this.#sleep(nextAt - now);
  }

  #sleep(ms: number): void {
    this.#timer = setTimeout(() => this.#fill(), Math.min(Math.max(Math.ceil(ms), 0), LONGEST_SLEEP));
  }

  /** Something happened: perhaps a peer that failed has sent something, and what waits for it needn't any longer. */
  #listen(): void {
    if (this.#signal.aborted) return;
    this.#listening ??= setTimeout(() => {
      this.#listening = undefined;
      this.#fill();
    }, LISTEN_PAUSE);
  }

  /** Never rejects. */
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

  /** The disk is full or broken: without a pause this would spin, and send again and again what can't be written down. */
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
