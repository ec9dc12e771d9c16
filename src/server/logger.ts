/** The server's log. */
import { printableJson } from '../protocol/printable.ts';
import { redactText, redactValue } from '../protocol/redact.ts';
import type { Log } from '../services/runtime/deps.ts';
import type { Settings } from '../store/settings/settings.ts';
import { LogOutput } from './http/log-output.ts';
import { prettyLog, type SafeLine } from './http/pretty-log.ts';

/** A log on stderr: JSON lines, or readable text on a terminal. */
export interface Logger {
  log: Log;
  /** How many lines could not be written. */
  dropped(): number;
  /** Changes the lowest level that is logged. */
  setLevel(level: Settings['log']['level']): void;
  /** Resolves when all lines are written, or after a time limit. It never rejects. */
  flush(): Promise<void>;
}

const STDERR = 2;
/** In milliseconds. */
const FLUSH_LIMIT = 1000;
/** Pino's number for `warn`. */
const WARN = 40;

/** Opens the server's log. @param safeLine readable text, each line through this; null: JSON lines */
export async function openLogger(level: Settings['log']['level'], safeLine: SafeLine | null): Promise<Logger> {
  const { default: pino } = await import('pino');
  const shown = safeLine ? await prettyLog(safeLine) : printableJson;
  const output = new LogOutput(STDERR, (dropped) => {
    const msg = 'lines of this log could not be written';
    return shown(`${JSON.stringify({ level: WARN, time: new Date().toISOString(), dropped, msg })}\n`);
  });
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => output.write(shown(line)) },
  );
  return {
    log: (at, message, fields = {}) => {
      if (!logger.isLevelEnabled(at)) return;
      logger[at](redactValue(fields, { plainError: pino.stdSerializers.err }), redactText(message));
    },
    dropped: () => output.dropped,
    setLevel: (to) => {
      logger.level = to;
    },
    flush: () =>
      new Promise((resolve) => {
        setTimeout(resolve, FLUSH_LIMIT);
        output.flushed().then(resolve);
      }),
  };
}
