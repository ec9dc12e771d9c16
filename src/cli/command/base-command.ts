/** The base of all commands. */
import type { FlagInput, InferredArgs, InferredFlags } from '@oclif/core/interfaces';
import { parse } from '@oclif/core/parser';
import type { ChalkInstance } from 'chalk';
import { type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import { NOBODY, type Observer } from '../../protocol/observer.ts';
import type { OperationInput, OperationName, OperationResult } from '../../services/door/operations.ts';
import type { Emit, Log } from '../../services/runtime/deps.ts';
import type { Tracer } from '../../services/tracing/tracer.ts';
import type { Settings, SettingsInput } from '../../store/settings/settings.ts';
import { baseFlags } from '../flags/flags.ts';
import type { SettingsAnnouncer } from '../home/announce-settings.ts';
import type { Door } from '../home/door.ts';
import type { Prompts } from '../input/prompts.ts';
import { type Colors, loadColors } from '../output/colors.ts';
import { combineExitCodes, EXIT, type ExitCode } from '../output/exit-codes.ts';
import { jsonLine } from '../output/foreign-text.ts';
import { type Lines, Output, OutputClosed, reportError, setExitCode, usageError } from '../output/output.ts';
import { type GivenOptions, pasteable } from '../output/pasteable-hint.ts';
import { proxyNote } from '../output/proxy-note.ts';
import { isTerminal } from '../output/sink.ts';
import { frames } from '../output/stack-frames.ts';
import { explainFailure } from '../process/explain-failure.ts';
import { homeDirectory } from '../process/home-directory.ts';
import { stopSignal } from '../process/stop-signal.ts';
import { withProxyHint } from '../process/unused-proxy.ts';
import type { ReportTarget } from '../results/report-targets.ts';
import type { Results } from '../results/results.ts';
import type { ResultSuite } from '../results/suite.ts';
import type { CommandTrace } from '../trace/command-trace.ts';
import { type TraceFlags, traceWishOf } from '../trace/trace-wish.ts';
import { asUsageError } from '../usage/usage-errors.ts';
import { Command } from './command.ts';
import { withoutStdin } from './without-stdin.ts';

/** The parsed flags of a command. */
export type FlagsOf<T extends typeof Command> = InferredFlags<typeof baseFlags & T['flags']>;
/** The parsed arguments of a command. */
export type ArgsOf<T extends typeof Command> = InferredArgs<T['args']>;

/**
 * The base of all commands: flags, output, errors, exit codes, and access to the store. A command parses, calls a service,
 * prints, and returns its typed result, which `--json` writes.
 */
export abstract class BaseCommand<T extends typeof Command> extends Command {
  static override baseFlags: FlagInput = baseFlags;

  protected flags!: FlagsOf<T>;
  protected args!: ArgsOf<T>;
  #door: Door | undefined;
  #output: Output | undefined;
  #colors: Colors | undefined;
  #trace: CommandTrace | undefined;
  #announcer: SettingsAnnouncer | undefined;
  #results: Results | undefined;
  /** Why the reports couldn't be written. */
  #lost: unknown;

  /**
   * Runs the command to its end, reports its errors, and sets the exit code.
   * @param argv the words after the command's name
   */
  static async run(
    this: new (
      argv: readonly string[],
    ) => BaseCommand<typeof Command>,
    argv: readonly string[],
  ): Promise<void> {
    const command = new this(argv);
    const result = await command.#outcome();
    await command.#door?.close();
    await command.#trace?.close();
    if (result !== undefined && command.jsonEnabled()) command.output.json(result);
    if (command.#lost !== undefined) await command.#reportLoss(command.#lost);
  }

  /** Returns the result that `--json` writes; undefined when it is written already. */
  abstract run(): Promise<unknown>;

  async #outcome(): Promise<unknown> {
    try {
      await this.#parse();
      return await this.#traced(() => this.#reported(() => this.run()));
    } catch (error) {
      await this.#report(error);
      return undefined;
    }
  }

  async #parse(): Promise<void> {
    const { args, flags, strict } = this.ctor;
    const input = { args: withoutStdin(args), flags: { ...BaseCommand.baseFlags, ...flags }, strict };
    const parsed = await parse([...this.argv], input);
    this.flags = parsed.flags as FlagsOf<T>;
    this.args = parsed.args as ArgsOf<T>;
    this.#colors = await loadColors({ json: this.jsonEnabled(), noColor: this.flags['no-color'] });
    this.detail(`home: ${this.home}`);
    const { network } = this.given;
    // From the environment it is a default: a command that sends no request doesn't read it.
    const typed = this.argv.some((word) => /^--network(?:=|$)/.test(word));
    if (network && typed)
      await import('../home/load-network.ts').then(({ assertNetworkFile }) => assertNetworkFile(network));
  }

  /** Runs `work`, with a trace when one was asked for. */
  async #traced(work: () => Promise<unknown>): Promise<unknown> {
    const given = { ...this.flags } as TraceFlags;
    const { isServer } = this;
    const { mayTakeLong, showsProgress } = this.ctor;
    const talks = 'trace' in this.ctor.flags;
    const terminal = () => isTerminal(2);
    const wish = traceWishOf(given, { talks, mayTakeLong, showsProgress, isServer, terminal, env: process.env });
    if (!wish) return work();
    const { startTrace } = await import('../trace/command-trace.ts');
    this.#trace = await startTrace(wish, {
      ...{ command: this.commandName, isServer, sources: { ...given, home: this.home } },
      ...{ terminal: terminal(), colors: this.talkColors, output: this.output },
      warn: (error) => this.explain(errorToObject(error)),
    });
    return this.#trace.run(work);
  }

  /** Runs `work`, and writes its results to where `--report` says, and to GitHub. */
  async #reported(work: () => Promise<unknown>): Promise<unknown> {
    if (!('report' in this.ctor.flags)) return work();
    const targets = this.reportTargets;
    const { GITHUB_ACTIONS, GITHUB_STEP_SUMMARY } = process.env;
    if (targets.length === 0 && GITHUB_ACTIONS !== 'true') return work();
    if (this.jsonEnabled() && targets.some(({ path }) => path === '-')) {
      throw usageError('usage.out', 'With --json the report needs a file of its own', 'Name a file instead of -');
    }
    const { openResults } = await import('../results/results.ts');
    const streams = {
      stdout: (text: string) => this.output.reserved(text),
      stderr: (line: string) => this.output.tell(line),
    };
    this.#results = await openResults(targets, { GITHUB_ACTIONS, GITHUB_STEP_SUMMARY }, streams);
    const isStopped = (error: unknown) => error instanceof OutputClosed;
    return this.#results.around(this.commandName, work, {
      isStopped,
      lost: (error) => {
        if (!isStopped(error)) this.#lost = error;
      },
    });
  }

  private get reportTargets(): ReportTarget[] {
    return ((this.flags as { report?: ReportTarget[][] } | undefined)?.report ?? []).flat();
  }

  /** Whether somebody wants {@link result}s: then each has to be handed over. */
  protected get wantsResults(): boolean {
    return this.#results !== undefined;
  }

  /**
   * Hands over what the command found, for `--report` and GitHub.
   * @param suite is called only when somebody wants it
   * @param error the error that the command throws because of it
   */
  protected result(suite: () => ResultSuite, error?: unknown): void {
    this.#results?.add(suite(), error);
  }

  private get ctor(): typeof Command {
    return this.constructor as typeof Command;
  }

  /** Whether the output is JSON. It may be called before the flags are parsed. */
  protected jsonEnabled(): boolean {
    const end = this.argv.indexOf('--');
    return this.argv.slice(0, end === -1 ? undefined : end).includes('--json');
  }

  /** The command as typed: `store check`. */
  protected get commandName(): string {
    return (this.ctor.id ?? '').replaceAll(':', ' ');
  }

  /** The absolute path of the home directory; it may not exist. */
  protected get home(): string {
    return homeDirectory(this.flags.home);
  }

  /** The home, the network and the identity that were given to this run. */
  protected get given(): GivenOptions {
    const { network, as } = this.flags as { network?: string; as?: string };
    return { home: this.home, network, as };
  }

  protected get output(): Output {
    // The flags aren't parsed after a parse error: then argv decides.
    const { quiet, verbose } = this.flags ?? { quiet: this.argv.includes('--quiet'), verbose: false };
    const reserved = this.reportTargets.some(({ path }) => path === '-');
    const options = { json: this.jsonEnabled(), quiet: quiet ?? false, verbose: verbose ?? false, reserved };
    this.#output ??= new Output(options);
    return this.#output;
  }

  /** chalk for stdout. */
  protected get colors(): ChalkInstance {
    return this.#colors!.out;
  }

  /** chalk for stderr. */
  protected get talkColors(): ChalkInstance {
    return this.#colors!.err;
  }

  /** Writes human-readable data to stdout; nothing with `--json`. */
  protected print(lines: Lines): void {
    this.output.print(lines);
  }

  /** Writes a message to stderr, unless `--quiet`. */
  protected talk(lines: Lines): void {
    this.output.talk(lines);
  }

  /** Writes a message to stderr with `--verbose`. */
  protected detail(lines: Lines): void {
    this.output.detail(lines);
  }

  /** Writes the error of one item of several to stderr. Nothing with `--json`, where it is a part of the result. */
  protected explain(error: ErrorObject): void {
    if (!this.jsonEnabled()) reportError(error, false, this.talkColors.red);
  }

  /** Makes the commands in a hint work as they stand: they get the home, the network and the identity of this run. */
  protected pasteable<E extends { hint?: string | undefined }>(error: E): E {
    return this.flags ? pasteable(error, this.given) : error;
  }

  /**
   * Writes one item of a list as a line of JSON (only with `--json`), and waits while the reader is slow. A command that uses it
   * returns undefined, so that nothing follows.
   */
  protected async record(value: unknown): Promise<void> {
    if (this.jsonEnabled()) await this.output.write(jsonLine(value));
  }

  /** Sets the exit code of a run that ends normally with a negative answer. @param errors as in {@link proxyNote} */
  protected verdict(code: ExitCode, errors: Iterable<string> = []): void {
    setExitCode(code);
    this.talk(proxyNote(code, errors));
  }

  /** Whether a person can be asked. */
  protected get interactive(): boolean {
    const forbidden = this.flags['no-input'] || this.jsonEnabled();
    return !forbidden && isTerminal(0) && isTerminal(1);
  }

  /**
   * Asks questions on the terminal.
   * @param flag the flag that answers without a question, for the error: `--name`
   * @throws CloudilloError `usage.missing` when nobody can be asked
   */
  protected async prompts(flag: string, what: string): Promise<Prompts> {
    if (!this.interactive) {
      throw usageError('usage.missing', `${what} is missing`, `Give it with ${flag}: this run can't ask for it`);
    }
    const { openPrompts } = await import('../input/prompts.ts');
    return openPrompts();
  }

  /** Whether stderr is a terminal on which the command may show how far it is, in lines that are written anew. */
  protected get hasLiveTerminal(): boolean {
    return !this.flags.quiet && process.env['TERM'] !== 'dumb' && isTerminal(2);
  }

  /** Whether the command answers others until it is stopped. Then it has no trace of its own. */
  protected readonly isServer: boolean = false;

  /** The tracer of this command; undefined without a trace. */
  protected get tracer(): Tracer | undefined {
    return this.#trace?.tracer;
  }

  /** Gets the spans of what this command does. */
  protected get observer(): Observer {
    return this.tracer ?? NOBODY;
  }

  /** The values of all settings: the given flags over the environment over `config.json` over the defaults. */
  protected async settings(flags: SettingsInput = {}): Promise<Settings> {
    const announcer = await this.#announceSettings();
    return (await announcer.load(this.home, flags)).values;
  }

  async #announceSettings(): Promise<SettingsAnnouncer> {
    const { announceSettings } = await import('../home/announce-settings.ts');
    this.#announcer ??= announceSettings(this.flags.verbose, this.output);
    return this.#announcer;
  }

  /**
   * Runs an operation on the home's store in the process that owns it: a running server, or this one. A home that was taken is
   * kept until the command ends, so that several operations open the store once.
   * @param settings settings given as flags; they count only when this process does the work
   * @throws CloudilloError whatever the operation throws, wherever it ran
   */
  protected async operate<N extends OperationName>(
    name: N,
    input: OperationInput<N>,
    onEvent: Emit = () => {},
    settings: SettingsInput = {},
  ): Promise<OperationResult<N>> {
    const { openDoor } = await import('../home/door.ts');
    const log: Log = (level, message) => this.detail(`${level}: ${message}`);
    const announcer = await this.#announceSettings();
    // A server that does the work has settings of its own, and shows nothing here.
    await announcer.show(this.home, settings);
    this.#door ??= openDoor(this.home, { settings, log, note: announcer.note, tracer: this.tracer });
    return (await this.#door.run(name, input, onEvent)) as OperationResult<N>;
  }

  /**
   * A signal that SIGINT or SIGTERM aborts. A command that uses it has to stop and return; a second signal ends the process.
   * Without it a signal ends the process at once (exit code 130 or 143).
   */
  protected stopSignal(): AbortSignal {
    return stopSignal();
  }

  /** Reports, after everything else, that there are no reports. A proven "no" stays the exit code. */
  async #reportLoss(error: unknown): Promise<void> {
    const before = process.exitCode as ExitCode | undefined;
    await this.#report(error);
    setExitCode(combineExitCodes([before ?? EXIT.done, process.exitCode as ExitCode]));
  }

  /** Reports an error: as text on stderr or as one object on stdout, with the exit code of its code. */
  async #report(error: unknown): Promise<void> {
    if (error instanceof OutputClosed) return;
    const flagNames = Object.keys({ ...BaseCommand.baseFlags, ...this.ctor.flags, json: 0 });
    const usage = asUsageError(explainFailure(error), this.commandName, flagNames);
    if (this.flags?.verbose && usage instanceof Error && usage.stack) this.detail(frames(usage.stack));
    const { err } = this.#colors ?? (await loadColors({ json: false, noColor: this.argv.includes('--no-color') }));
    reportError(this.pasteable(withProxyHint(errorToObject(usage))), this.jsonEnabled(), err.red);
  }
}
