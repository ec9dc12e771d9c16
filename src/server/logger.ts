import type { Log } from '../services/deps.ts';
import type { Settings } from '../store/settings.ts';

/** A log on stderr: JSON lines, or readable text on a terminal. */
export interface Logger {
  log: Log;
  /** Writes out what is buffered. */
  flush(): void;
}

/** Fields that never reach a log, wherever they come up. */
const SECRETS = ['authorization', 'cookie', 'password', 'passphrase', 'privateKey', 'token', 'apiKey'];
const STDERR = 2;

/** Opens the server's log. */
export async function openLogger(level: Settings['log']['level'], pretty: boolean): Promise<Logger> {
  const { default: pino } = await import('pino');
  const destination = pretty
    ? (await import('pino-pretty')).default({ destination: STDERR, sync: true, ignore: 'pid,hostname' })
    : pino.destination({ fd: STDERR, sync: false });
  const redact = { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' };
  const logger = pino({ level, redact, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    log: (at, message, fields = {}) => logger[at](fields, message),
    flush: () => {
      if ('flushSync' in destination) destination.flushSync();
    },
  };
}
