/** Lines at the bottom of the terminal that are written anew, and erased before anything else is written. */
import { stripVTControlCharacters } from 'node:util';
import { terminalLine } from './foreign-text.ts';
import { cutColumns, textWidth } from './text-width.ts';

const ERASE = '\r\u001b[K';
const DEFAULT_COLUMNS = 80;

/** The widths of the lines that are shown. */
let shown: readonly number[] = [];
let held = false;

/** How many columns the terminal of stderr has. */
export function statusColumns(): number {
  return process.stderr.columns || DEFAULT_COLUMNS;
}

/** Shows a text on one line, cut to the width of the terminal. Only for a process whose stderr is one. */
export function showStatus(text: string): void {
  showBlock([cutColumns(terminalLine(text), statusColumns() - 1)]);
}

/** Shows lines, which have to fit. They may have colours. Only for a process whose stderr is a terminal. */
export function showStatusLines(lines: readonly string[]): void {
  showBlock(lines.map(terminalLine));
}

function showBlock(lines: readonly string[]): void {
  if (held) return;
  if (shown.length === 0) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, endOn);
  }
  const erase = eraseShown();
  shown = lines.map((line) => textWidth(stripVTControlCharacters(line)));
  process.stderr.write(erase + lines.join('\n'));
}

/** Erases the lines, when there are any. */
export function eraseStatus(): void {
  if (shown.length === 0) return;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, endOn);
  const erase = eraseShown();
  shown = [];
  process.stderr.write(erase);
}

/** Erases the lines for good: from now on somebody else writes to the terminal, for instance a question. */
export function holdStatus(): void {
  eraseStatus();
  held = true;
}

/** A terminal that became narrower has wrapped what was shown. */
function eraseShown(): string {
  const columns = statusColumns();
  const rows = shown.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
  return rows > 1 ? `\r\u001b[${rows - 1}A\u001b[J` : ERASE;
}

/** Leaves a clean line to the shell. The signal does what it would have done without a line. */
function endOn(signal: NodeJS.Signals): void {
  eraseStatus();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
