import { commands } from 'cloudillo:commands';
import type { RunnableCommand } from '../command/command.ts';

/** A command's class, with the ID that help and errors name it by. */
export async function loadCommand(id: string): Promise<RunnableCommand> {
  const { default: command } = await commands[id]!();
  command.id = id;
  return command;
}
