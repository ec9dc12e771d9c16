/** Log lines as readable text for a terminal. */

/** Makes one line of text safe for a terminal. */
export type SafeLine = (text: string) => string;

/**
 * Makes the function that turns one JSON log line into text. Names and values hold what peers said: a line end in one would begin
 * a forged line, and an escape sequence would reach the terminal.
 */
export async function prettyLog(safeLine: SafeLine): Promise<(line: string) => string> {
  const { prettyFactory } = (await import('pino-pretty')).default;
  const pretty = prettyFactory({ ignore: 'pid,hostname', colorize: false });
  return (line) => pretty(safeEntry(JSON.parse(line) as Record<string, unknown>, safeLine));
}

/** The same entry with every name and text made safe. A stack keeps its lines, which are indented. */
function safeEntry(entry: Record<string, unknown>, safeLine: SafeLine): Record<string, unknown> {
  const safe = (value: unknown, name = ''): unknown => {
    if (typeof value === 'string') {
      return name === 'stack' ? value.split('\n').map(safeLine).join('\n') : safeLine(value);
    }
    if (Array.isArray(value)) return value.map((item) => safe(item));
    return typeof value === 'object' && value !== null ? safeEntry(value as Record<string, unknown>, safeLine) : value;
  };
  return Object.fromEntries(Object.entries(entry).map(([name, value]) => [safeLine(name), safe(value, name)]));
}
