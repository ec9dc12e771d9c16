/** Serves a home: the work of `serve`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { usable } from '../../federation/http/network.ts';
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import { NOBODY, type Observer } from '../../protocol/observer.ts';
import { type RunningServer, startServer } from '../../server/listen.ts';
import { type Logger, openLogger } from '../../server/logger.ts';
import { supervise } from '../../services/background/supervise.ts';
import { backgroundWorkers } from '../../services/background/workers.ts';
import { certificateFilesOf } from '../../services/certificates/certificate-files.ts';
import { createChallenges } from '../../services/certificates/challenges.ts';
import { answerDoor } from '../../services/door/door-server.ts';
import { operations } from '../../services/door/operations.ts';
import { createInbox } from '../../services/inbox/create-inbox.ts';
import { forgetDeleted } from '../../services/inbox/forget-deleted.ts';
import { logOwnKeys } from '../../services/keys/own-keys.ts';
import { Tracer } from '../../services/tracing/tracer.ts';
import { type HomeHold, holdHome } from '../../store/home/hold.ts';
import { openHomeDir } from '../../store/home/home.ts';
import { UNKNOWN_OWNERS } from '../../store/home/lock.ts';
import type { SettingsInput } from '../../store/settings/settings.ts';
import { type ComposedDeps, openDeps } from '../home/compose.ts';
import { loadSettings } from '../home/load-settings.ts';
import { settingLines } from '../home/setting-lines.ts';
import { terminalLine } from '../output/foreign-text.ts';
import { beforeCrash } from '../process/crash.ts';
import { descriptorLimit } from '../process/descriptor-limit.ts';
import { type Hangup, listenForHangup } from '../process/hangup.ts';
import { packageRoot } from '../process/package-root.ts';
import { unusedProxy } from '../process/unused-proxy.ts';
import { listenerTls } from './listener-tls.ts';
import { lockWhenWritable } from './lock-when-writable.ts';
import { authoritiesOf, logOwnCertificates, namesWithoutOwn } from './own-certificates.ts';
import { reloadSettings } from './reload-settings.ts';
import { endsWithin } from './serve-stop.ts';

/** How long a stop waits for requests, commands and workers, in milliseconds. Requests have a limit of their own (listen.ts). */
const STOP_LIMIT = 15_000;

/** How to serve. Settings come from flags, environment and `config.json` as everywhere. */
export interface ServeOptions {
  settings: SettingsInput;
  /** Plain HTTP behind a proxy that does TLS. */
  behindProxy: boolean;
  /** Plain HTTP on a loopback address. */
  plainHttp: boolean;
  prettyLog: boolean;
  /** Gets the spans of all that the server does. Default: nobody listens but commands whose work it does. */
  tracer: Tracer | undefined;
}

/** The line that is written once the server answers. */
export interface ReadyLine {
  ready: true;
  url: string;
  address: string;
  port: number;
  pid: number;
  idTags: string[];
}

/**
 * Serves a home until `stop` aborts: takes it, opens the store, listens, answers the control door, delivers and retries. While
 * the disk takes no writes the home is only read: nothing is stored or delivered, and the door is closed. Once the disk takes
 * writes, the server starts anew in the same process, at the same port.
 * @param onReady called once requests are answered
 * @throws CloudilloError `home.busy`, `home.*`, `store.*`, `tls.*`, `network.port-in-use` …, `usage.*`
 */
export async function serveHome(
  home: string,
  options: ServeOptions,
  stop: AbortSignal,
  onReady: (line: ReadyLine) => void,
): Promise<void> {
  await openHomeDir(home);
  const resolved = await loadSettings(home, options.settings);
  const { values: settings, notes } = resolved;
  const tls = await listenerTls(home, settings, options);
  const logger = await openLogger(settings.log.level, options.prettyLog ? terminalLine : null);
  const { log, flush } = logger;
  for (const note of notes) log('warn', note);
  for (const line of settingLines(resolved)) log('debug', line);
  const proxy = unusedProxy();
  if (proxy !== null) log('warn', proxy);
  const hangup = listenForHangup();
  const reload = () => reloadSettings(home, options.settings, settings, logger);
  const serving: Serving = {
    tls,
    settings,
    port: settings.listen.port,
    hangup,
    reload,
    logger,
    tracer: options.tracer ?? new Tracer(),
    requestObserver: options.tracer ?? NOBODY,
  };
  let said = false;
  const sayReady = (line: ReadyLine) => {
    if (!said) onReady(line);
    said = true;
    // With `--port 0` it is chosen once.
    serving.port = line.port;
  };
  try {
    let hold: HomeHold | null = await takeHome(home);
    while (hold) hold = await serveHeld(home, hold, stop, serving, sayReady);
  } finally {
    await flush();
    hangup.end();
  }
}

interface Serving {
  tls: Parameters<typeof startServer>[1]['tls'];
  settings: ComposedDeps['settings'];
  port: number;
  hangup: Hangup;
  /** Reads the settings again. */
  reload: () => Promise<void>;
  logger: Logger;
  tracer: Tracer;
  /** Gets the spans of requests. A command whose work the server does hears of its own spans only. */
  requestObserver: Observer;
}

/**
 * Serves with one right to the home, and ends that.
 * @returns the lock, once the disk takes writes after the home was only read; else null, after `told` aborted
 */
async function serveHeld(
  home: string,
  hold: HomeHold,
  told: AbortSignal,
  serving: Serving,
  onReady: (line: ReadyLine) => void,
): Promise<HomeHold | null> {
  const { log, flush, dropped } = serving.logger;
  // Aborts when this serving ends.
  const ending = new AbortController();
  const stop = AbortSignal.any([told, ending.signal]);
  const next = hold.readOnly ? lockWhenWritable(home, stop, log) : Promise.resolve(null);
  let opened: ComposedDeps | undefined;
  const forget = beforeCrash(async (error) => {
    log('error', 'an uncaught error ends the server', { err: error });
    await Promise.allSettled([opened?.close(), flush()]);
  });
  try {
    if (hold.readOnly) log('warn', 'the home is only read', { error: errorToObject(hold.readOnly) });
    const deps = await openDeps(home, hold, serving.settings, log, serving.tracer);
    opened = deps;
    // A server that can't ask anybody takes nothing in.
    usable(deps.network);
    deps.server.logDropped = dropped;
    try {
      next.then((lock) => lock && ending.abort());
      await serveUntil(stop, deps, hold, serving, onReady);
    } finally {
      if (!(await endsWithin(STOP_LIMIT, deps.close())))
        log('error', 'the disk takes too long: the server ends without it');
    }
  } catch (error) {
    ending.abort();
    await (await next)?.release();
    throw error;
  } finally {
    await hold.release();
    forget();
  }
  const lock = await next;
  if (lock && told.aborted) {
    await lock.release();
    return null;
  }
  if (lock) log('info', 'the disk takes writes again: the server starts anew, and writes');
  return lock;
}

async function serveUntil(
  told: AbortSignal,
  deps: ComposedDeps,
  { lock }: HomeHold,
  { tls, settings, port, hangup, reload, tracer, requestObserver }: Serving,
  onReady: (line: ReadyLine) => void,
): Promise<void> {
  const { home, store, clock, log, arrivals } = deps;
  const inbox = createInbox(deps);
  await arrivals.open();
  const forget = forgetDeleted(deps);
  // It also aborts when the ready line can't be written: the workers have to end then, too.
  const ending = new AbortController();
  const stop = ending.signal;
  aborted(told).then(() => ending.abort());
  const authorities = tls && authoritiesOf(deps.network);
  const challenges = createChallenges();
  const server = await startServer(
    {
      ...deps,
      inbox,
      requestObserver,
      rateLimits: settings.rateLimits,
      trustedProxies: settings.proxy.trusted,
      maxFileBytes: () => settings.files.maxBytes,
      openApi: () => readFile(join(packageRoot(), 'schemas/openapi.json'), 'utf8'),
      ready: () => !stop.aborted && store.stats().writable,
    },
    {
      host: settings.listen.host,
      port,
      tls,
      identityTls: (idTag) => certificateFilesOf(home, settings.tls.directory, idTag),
      namesFor: () => namesWithoutOwn(deps, settings.tls.directory),
      authorities,
      challenges,
      challengePort: settings.acme.enabled ? settings.acme.httpPort : 0,
      descriptors: descriptorLimit(),
    },
  );
  deps.server.facts = { pid: process.pid, url: server.url, startedAt: clock.wall() };
  deps.server.connectionsDropped = server.dropped;
  deps.server.since = clock.monotonic();
  const door = lock && answerDoor(lock.server, deps, operations, tracer);
  let retry = false;
  const takeRetry = () => {
    const asked = retry;
    retry = false;
    return asked;
  };
  const renewals = settings.acme.enabled ? { challenges, reload: server.reload, takeRetry } : null;
  // What they send can't be recorded where the home is only read.
  const workers = supervise(deps, lock ? backgroundWorkers(deps, inbox, renewals) : [], stop);
  deps.server.workers = workers.states;
  hangup.use(async () => {
    await reload();
    await server.reload();
    retry = true;
  });
  try {
    const ready = await readyLine(server, deps);
    onReady(ready);
    log('info', 'serving', { url: ready.url, pid: ready.pid, idTags: ready.idTags });
    logRecovery(deps);
    // Names and proxies may take their time. Nothing waits for it.
    void logOwnKeys(deps, stop).catch((error: unknown) =>
      log('warn', 'the own keys could not be checked', { error: String(error) }),
    );
    if (authorities) await logOwnCertificates(deps, settings.tls.directory, authorities);
    if (lock && lock.unknown.length > 0) log('warn', UNKNOWN_OWNERS, { home, names: lock.unknown });
    await aborted(stop);
    log('info', 'stopping');
  } finally {
    ending.abort();
    forget();
    const ended = Promise.all([server.stop(), door?.drain(), workers.ended]);
    if (!(await endsWithin(STOP_LIMIT, ended))) log('warn', 'something is in work still, and is cut off');
  }
  log('info', 'stopped');
}

/** Logs the findings of opening the store after a crash. The operator has to know them without a check. */
function logRecovery({ store, log }: ComposedDeps): void {
  const { tornBytes, keptAt, damaged } = store.recovery;
  if (tornBytes > 0)
    log('warn', 'the last write to the journal was cut off; it was never acknowledged', { tornBytes, keptAt });
  if (damaged.length > 0)
    log('error', 'the journal is damaged: run "cloudillo store check"', { damaged: damaged.slice(0, 10) });
}

async function takeHome(home: string): Promise<HomeHold> {
  const hold = await holdHome(home);
  if (hold) return hold;
  throw new CloudilloError('home.busy', `Another process serves or works on ${home}`, {
    stage: 'home',
    hint: 'A server that runs already needs no second one: see "cloudillo status"; to restart it, stop it first',
    details: { home },
  });
}

async function readyLine(server: RunningServer, { identities }: ComposedDeps): Promise<ReadyLine> {
  const idTags = (await identities.list()).map(({ idTag }) => idTag);
  return { ready: true, url: server.url, address: server.address, port: server.port, pid: process.pid, idTags };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
