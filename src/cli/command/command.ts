import type { FlagInput } from '@oclif/core/interfaces';
import type { ArgInput } from '@oclif/core/parser';

/**
 * What a command declares: oclif's manifest and help are made from these statics. oclif's own class of this name would load its
 * configuration, spinner and templates at each start.
 */
export abstract class Command {
  /** `store:check`. */
  static id: string;
  static summary: string;
  static description?: string;
  static examples: string[];
  static args: ArgInput = {};
  static flags: FlagInput = {};
  static baseFlags: FlagInput = {};
  /** May no argument follow those that are declared? */
  static strict = true;
  /** Do the help and the manifest name `--json`? */
  static enableJsonFlag = true;

  /** What was typed after the command's name. */
  protected readonly argv: readonly string[];

  constructor(argv: readonly string[]) {
    this.argv = argv;
  }
}

/** A command's class, as the program runs it. */
export type RunnableCommand = typeof Command & { run(argv: readonly string[]): Promise<void> };
