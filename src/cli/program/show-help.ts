/** Prints help. */
import type { Config } from '@oclif/core/config';
import { ProgramHelp } from './command-help.ts';

/** Prints the help of a command or topic, or of the program. */
export async function showHelp(config: Config, id: string | undefined): Promise<void> {
  await new ProgramHelp(config, config.pjson.oclif.helpOptions).showHelp(id === undefined ? [] : [id]);
}
