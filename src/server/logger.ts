import type { Log } from '../services/runtime/deps.ts';
import type { Settings } from '../store/settings/settings.ts';

/** A log on stderr: JSON lines, or readable text on a terminal. */
export interface Logger {
  log: Log;
  /** Resolves when all is written that was logged, or when it takes too long: nobody may be reading. Never rejects. */
  flush(): Promise<void>;
}

/** Fields that never reach a log, wherever they come up. */
const SECRETS = ['authorization', 'cookie', 'password', 'passphrase', 'privateKey', 'token', 'apiKey'];
const STDERR = 2;
/** Milliseconds. */
const FLUSH_LIMIT = 1000;

/** Opens the server's log. */
export async function openLogger(level: Settings['log']['level'], pretty: boolean): Promise<Logger> {
  const { default: pino } = await import('pino');
  const destination = pretty
    ? (await import('pino-pretty')).default({ destination: STDERR, sync: true, ignore: 'pid,hostname' })
    : // From the first byte on, as without a length; but only with one can be waited for.
      pino.destination({ fd: STDERR, sync: false, minLength: 1 });
  const redact = { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' };
  const logger = pino({ level, redact, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    log: (at, message, fields = {}) => logger[at](fields, message),
    flush: () =>
      new Promise((resolve) => {
        // Not flushSync, which writes past what is on its way.
        if (!('flush' in destination)) return resolve();
        setTimeout(resolve, FLUSH_LIMIT).unref();
        destination.flush(() => resolve());
      }),
  };
}
