import type { Config } from '@oclif/core';
import { Help } from '@oclif/core/help';

/** Prints the help of a command or topic, or of the program. */
export async function showHelp(config: Config, id: string | undefined): Promise<void> {
  // oclif prints through the console, whose reader may go away (`--help | head -3`).
  process.stdout.on('error', () => {});
  await new Help(config, config.pjson.oclif.helpOptions).showHelp(id === undefined ? [] : [id]);
}
