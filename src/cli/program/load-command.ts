/** Loads commands. */
import { commands } from 'cloudillo:commands';
import type { RunnableCommand } from '../command/command.ts';

/** Loads the class of a command, and sets the ID by which help and errors name it. */
export async function loadCommand(id: string): Promise<RunnableCommand> {
  const { default: command } = await commands[id]!();
  command.id = id;
  return command;
}
