/** A flow as one list of named stages: the stages of an arriving token, or those of a delivery. */

import type { Span } from '../../protocol/observer.ts';

/** The result of a list that a stage ended early. */
export class Ended<Result> {
  readonly result: Result;

  constructor(result: Result) {
    this.result = result;
  }
}

/** Ends a list early. */
export function ended<Result>(result: Result): Ended<Result> {
  return new Ended(result);
}

/** One stage: takes the value of the stage before, and returns the value for the next one, or {@link ended}. An error ends the list, too. */
export type StageFunction<Deps, In, Out, Result> = (
  deps: Deps,
  value: In,
) => Out | Ended<Result> | Promise<Out | Ended<Result>>;

/** Converts the error of a stage to the error of the list, for instance by adding the name of the stage. */
export type PlaceError = (error: unknown, stage: string) => unknown;

/** Called when a stage is over. @param began by `performance.now()` @param error present when it failed */
export type WatchStage = (stage: string, began: number, error?: unknown) => void;

/** Runs a part of the list, `task`, while it holds a lock or the like. It may return a value without running the part. */
export type Hold<Deps, Value, Out> = (deps: Deps, value: Value, task: (deps: Deps) => Promise<Out>) => Promise<Out>;

/** Who watches a run. */
interface Watch {
  stage: WatchStage | undefined;
  /** Gets a part for each stage. */
  span: Span | null;
}

/** A part of a list: a stage with its name, or several stages within a {@link Hold}. */
interface Step<Deps, Result> {
  name: string | null;
  run: (deps: Deps, value: unknown, watch: Watch) => unknown | Ended<Result>;
}

/**
 * A list of stages. `First` is the value of its first stage, `Last` the value that its last stage so far returns, `Result` the result of
 * an early end. A list has no state: it serves any number of runs at once.
 */
export class StageList<Deps, First, Last, Result> {
  /** The names of the stages, in order. */
  readonly names: readonly string[];
  readonly #steps: readonly Step<Deps, Result>[];
  readonly #place: PlaceError;

  private constructor(names: readonly string[], steps: readonly Step<Deps, Result>[], place: PlaceError) {
    this.names = names;
    this.#steps = steps;
    this.#place = place;
  }

  /** A list without stages. @param place converts the errors of stages; default: they stay as they are */
  static of<Deps, First, Result>(place: PlaceError = (error) => error): StageList<Deps, First, First, Result> {
    return new StageList([], [], place);
  }

  /** Adds a stage. */
  stage<Next>(name: string, run: StageFunction<Deps, Last, Next, Result>): StageList<Deps, First, Next, Result> {
    const step: Step<Deps, Result> = { name, run: (deps, value) => run(deps, value as Last) };
    return new StageList([...this.names, name], [...this.#steps, step], this.#place);
  }

  /** Adds stages that run while `hold` holds something. */
  within<Next>(
    hold: Hold<Deps, Last, Next | Ended<Result>>,
    add: (inner: StageList<Deps, Last, Last, Result>) => StageList<Deps, Last, Next, Result>,
  ): StageList<Deps, First, Next, Result> {
    const inner = add(StageList.of(this.#place));
    const step: Step<Deps, Result> = {
      name: null,
      run: (deps, value, watch) =>
        hold(deps, value as Last, (held) => inner.#walk(held, value, watch) as Promise<Next | Ended<Result>>),
    };
    return new StageList([...this.names, ...inner.names], [...this.#steps, step], this.#place);
  }

  /**
   * Goes through the list.
   * @param span gets a part for each stage; null: nobody observes
   * @returns what a stage ended it with, else what the last stage returned
   * @throws what a stage throws
   */
  async run(deps: Deps, first: First, stage?: WatchStage, span: Span | null = null): Promise<Result | Last> {
    const last = await this.#walk(deps, first, stage || span ? { stage, span } : UNWATCHED);
    return last instanceof Ended ? last.result : (last as Last);
  }

  async #walk(deps: Deps, first: unknown, watch: Watch): Promise<unknown> {
    let value = first;
    for (const { name, run } of this.#steps) {
      // The stages in it are watched, and their errors placed, one by one.
      if (name === null) value = await run(deps, value, watch);
      else {
        const began = watch.stage ? performance.now() : 0;
        const part = watch.span?.begin(name) ?? null;
        try {
          value = part ? part.run(run.bind(null, deps, value, watch)) : run(deps, value, watch);
          // A stage that only computes costs no turn of the event loop.
          if (value instanceof Promise) value = await value;
        } catch (cause) {
          const error = this.#place(cause, name);
          watch.stage?.(name, began, error);
          part?.end(error);
          throw error;
        }
        watch.stage?.(name, began);
        part?.end();
      }
      if (value instanceof Ended) return value;
    }
    return value;
  }
}

/** Nobody watches. */
const UNWATCHED: Watch = { stage: undefined, span: null };
