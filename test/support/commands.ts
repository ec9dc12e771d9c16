import { manifestCommands } from './manifest.ts';

/** The names of the commands, for code that looks at nothing else of them; tests run commands as processes. */
export const commands = Object.fromEntries(manifestCommands().map(({ id }) => [id, null]));
