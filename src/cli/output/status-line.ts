/** One line at the bottom of the terminal that is written anew, and erased before anything else is written. */
import { terminalLine } from './foreign-text.ts';

const ERASE = '\r\u001b[K';
const DEFAULT_COLUMNS = 80;

let shown = false;
let held = false;

/** Shows a text on the line, cut to the width of the terminal. Only for a process whose stderr is one. */
export function showStatus(text: string): void {
  if (held) return;
  if (!shown) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, endOn);
  }
  shown = true;
  const columns = process.stderr.columns || DEFAULT_COLUMNS;
  process.stderr.write(ERASE + [...terminalLine(text)].slice(0, columns - 1).join(''));
}

/** Erases the line, when there is one. */
export function eraseStatus(): void {
  if (!shown) return;
  shown = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, endOn);
  process.stderr.write(ERASE);
}

/** Erases the line for good: from now on somebody else writes to the terminal, for instance a question. */
export function holdStatus(): void {
  eraseStatus();
  held = true;
}

/** Leaves a clean line to the shell. The signal does what it would have done without a line. */
function endOn(signal: NodeJS.Signals): void {
  eraseStatus();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
