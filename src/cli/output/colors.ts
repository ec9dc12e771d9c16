/** Colours for the terminal. */
import type { ChalkInstance } from 'chalk';
import { COLOR_MARK } from './foreign-text.ts';
import { isTerminal } from './sink.ts';

/** chalk for each stream. */
export interface Colors {
  out: ChalkInstance;
  err: ChalkInstance;
}

/** Stands for chalk without colour: each style returns itself, and called as a function its argument. */
const PLAIN = new Proxy((text: unknown) => String(text), {
  get: (_, name) => (name === 'level' ? 0 : PLAIN),
}) as unknown as ChalkInstance;

/** Whether colour is wanted. `--no-color` and `NO_COLOR` win over `FORCE_COLOR`. Otherwise only a terminal gets colour. */
export function wantsColor(terminal: () => boolean, noColorFlag: boolean, env: NodeJS.ProcessEnv): boolean {
  if (noColorFlag || env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced) return forced !== '0' && forced !== 'false';
  return env['TERM'] !== 'dumb' && terminal();
}

/** The colours of this run. chalk is loaded only when there are any. With `--json`, stdout has none. */
export async function loadColors({ json, noColor }: { json: boolean; noColor: boolean }): Promise<Colors> {
  const wanted = (fd: 1 | 2) => wantsColor(() => isTerminal(fd), noColor, process.env);
  const out = !json && wanted(1);
  const err = wanted(2);
  if (!out && !err) return { out: PLAIN, err: PLAIN };
  const { Chalk } = await import('chalk');
  const marked = markedChalk(new Chalk({ level: 1 }));
  return { out: out ? marked : PLAIN, err: err ? marked : PLAIN };
}

/** chalk with marked styles: `terminalLine` lets only marked escape sequences through. */
function markedChalk(chalk: ChalkInstance): ChalkInstance {
  const style = (name: 'bold') => (text: string) => {
    const [open = '', close = ''] = chalk[name](' ').replaceAll('\u001b', COLOR_MARK).split(' ');
    return open + text + close;
  };
  const get = (_: unknown, name: string | symbol) => (name === 'level' ? 1 : style(name as 'bold'));
  return new Proxy({}, { get }) as ChalkInstance;
}
