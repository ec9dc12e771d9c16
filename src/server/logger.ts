import type { Log } from '../services/runtime/deps.ts';
import type { Settings } from '../store/settings/settings.ts';
import { LogOutput } from './http/log-output.ts';

/** A log on stderr: JSON lines, or readable text on a terminal. */
export interface Logger {
  log: Log;
  /** Lines that could not be written. */
  dropped(): number;
  /** The least severe level that is logged from now on. */
  setLevel(level: Settings['log']['level']): void;
  /** Resolves when all is written that was logged, or when it takes too long: nobody may be reading. Never rejects. */
  flush(): Promise<void>;
}

/** Fields that never reach a log, wherever they come up. */
const SECRETS = ['authorization', 'cookie', 'password', 'passphrase', 'privateKey', 'token', 'apiKey'];
const STDERR = 2;
/** Milliseconds. */
const FLUSH_LIMIT = 1000;
/** Pino's number of `warn`. */
const WARN = 40;

/** Opens the server's log. */
export async function openLogger(level: Settings['log']['level'], pretty: boolean): Promise<Logger> {
  const { default: pino } = await import('pino');
  const shown = pretty ? (await import('pino-pretty')).default.prettyFactory({ ignore: 'pid,hostname' }) : asIs;
  const output = new LogOutput(STDERR, (dropped) => {
    const msg = 'lines of this log could not be written';
    return shown(`${JSON.stringify({ level: WARN, time: new Date().toISOString(), dropped, msg })}\n`);
  });
  const redact = { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' };
  const logger = pino(
    { level, redact, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => output.write(shown(line)) },
  );
  return {
    log: (at, message, fields = {}) => logger[at](fields, message),
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

function asIs(line: string): string {
  return line;
}
