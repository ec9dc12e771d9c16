/** The statics of a command, from which oclif's manifest and help are made. */
import type { FlagInput } from '@oclif/core/interfaces';
import type { ArgInput } from '@oclif/core/parser';

/**
 * The declarations of a command. oclif's own class of this name would load its configuration, spinner and templates at each
 * start.
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
  /** Whether arguments that aren't declared are refused. */
  static strict = true;
  /** Whether it may take long though it talks to nobody: a terminal then shows how far it is. */
  static mayTakeLong = false;
  /** Whether it shows by itself how far it is, so that the terminal needs no line for that. */
  static showsProgress = false;
  /** Whether the help and the manifest name `--json`. */
  static enableJsonFlag = true;

  /** The words after the command's name. */
  protected readonly argv: readonly string[];

  constructor(argv: readonly string[]) {
    this.argv = argv;
  }
}

/** The class of a command, as the program runs it. */
export type RunnableCommand = typeof Command & { run(argv: readonly string[]): Promise<void> };
