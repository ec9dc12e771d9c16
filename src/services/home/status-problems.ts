/** The problems that `status` reports. */
import type { Network } from '../../federation/http/network.ts';
import { errorTraits } from '../../protocol/error-table.ts';
import type { CloudilloError } from '../../protocol/errors.ts';
import type { IdentityStatus, StatusResult } from './status.ts';

/** Something that needs attention. */
export interface Problem {
  /** For scripts: `key.expires`. */
  code: string;
  message: string;
  hint: string;
}

const WARN_DAYS = 30;
/** A delivery that waits longer than this is a problem. */
const WAITING_TOO_LONG = 3_600_000;
const DAY = 86_400_000;

/** What `status` knows besides its result. */
export interface StatusContext {
  /** Why signing keys can't be used, by idTag. */
  keyErrors?: ReadonlyMap<string, CloudilloError>;
  /** The home is only read, because its disk takes no writes. That is a problem of the disk's. */
  readOnly?: boolean;
  /** The server dropped connections lately. */
  dropping?: boolean;
}

/** Lists the problems of an instance, the worst first. @param now unix milliseconds */
export function findProblems(
  facts: Omit<StatusResult, 'problems'>,
  now: number,
  { keyErrors, readOnly = false, dropping = false }: StatusContext = {},
): Problem[] {
  return [
    ...storeProblems(facts, readOnly),
    ...facts.identities.flatMap((identity) => keyProblems(identity, now, keyErrors?.get(identity.idTag))),
    ...(facts.identities.length > 0 ? [] : [noIdentity]),
    ...[facts.certificate, ...facts.ownCertificates].flatMap((certificate) =>
      certificateProblems(certificate, now, isRenewed(facts, certificate)),
    ),
    ...facts.renewals.flatMap(renewalProblems),
    ...(dropping ? [droppedConnections(facts)] : []),
    ...serverProblems(facts, readOnly),
    ...workerProblems(facts),
    ...queueProblems(facts, now),
    ...reachProblems(facts),
  ];
}

/** The network file, where it can't be used. */
export function networkProblems(network: Network): Problem[] {
  if (network.kind !== 'unusable') return [];
  const { code, message, hint = '' } = network.reason;
  return [{ code, message, hint }];
}

/** The problems of disks that take no writes. */
export function diskProblems(errors: readonly CloudilloError[]): Problem[] {
  return errors.map((error) => {
    const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
    const mount = error.details?.['mount'];
    const place = typeof mount === 'string' ? `; the disk is mounted at ${mount}` : '';
    return {
      code: error.code,
      message: `The disk takes no writes: ${error.message}${cause}${place}`,
      hint: error.hint ?? 'Look at the system log for disk errors',
    };
  });
}

function droppedConnections({ server }: Pick<StatusResult, 'server'>): Problem {
  return {
    code: 'server.descriptors',
    message: `The server dropped connections (${server?.connectionsDropped ?? 0} since its start): it may open no more files`,
    hint: errorTraits('store.descriptors').hint ?? '',
  };
}

const noIdentity: Problem = {
  code: 'identity.none',
  message: 'This home has no identity',
  hint: 'cloudillo init alice.example.com',
};

function storeProblems({ store }: Pick<StatusResult, 'store'>, readOnly: boolean): Problem[] {
  const problems: Problem[] = [];
  const { damaged, tornBytes, keptAt } = store.recovery;
  if (damaged.length > 0) {
    const places = damaged.map(({ segment, offset }) => `${segment}:${offset}`).join(', ');
    const message = `${damaged.length === 1 ? '1 damaged record' : `${damaged.length} damaged records`} in the journal: ${places}`;
    const hint = 'cloudillo store check; restore them from a backup, then cloudillo store rebuild';
    problems.push({ code: 'store.damaged', message, hint });
  }
  if (!store.writable && !readOnly) {
    const message = 'The store takes no writes since a write failed';
    problems.push({ code: 'store.read-only', message, hint: 'Make room on the disk, then start the server again' });
  }
  if (tornBytes > 0) {
    const kept = readOnly ? 'still in their place' : `kept in ${keptAt ?? 'no file'}`;
    const message = `A crash cut off the last write: ${tornBytes} bytes, ${kept}`;
    problems.push({
      code: 'store.torn',
      message,
      hint: 'Nothing that was acknowledged is lost; the file can be deleted',
    });
  }
  return problems;
}

function keyProblems({ idTag, keys, keyProblem }: IdentityStatus, now: number, error?: CloudilloError): Problem[] {
  const rotate = `cloudillo keygen --as ${idTag} --rotate`;
  if (keyProblem === 'key.none') {
    return [{ code: 'key.none', message: `${idTag} has no key that may sign`, hint: rotate }];
  }
  const signing = keys.find(({ state }) => state === 'signing');
  if (keyProblem !== null) {
    const message = `${idTag} can't sign: ${error?.message ?? `key ${signing?.keyId} can't be used`}`;
    return [{ code: keyProblem, message, hint: error?.hint ?? `Restore the key's file, or replace it: ${rotate}` }];
  }
  if (!signing?.expiresAt) return [];
  const days = Math.floor((Date.parse(signing.expiresAt) - now) / DAY);
  if (days >= WARN_DAYS) return [];
  return [{ code: 'key.expires', message: `Key ${signing.keyId} of ${idTag} expires in ${days} days`, hint: rotate }];
}

/** Whether a certificate is renewed by itself, and that has not failed. */
function isRenewed({ renewals }: Pick<StatusResult, 'renewals'>, certificate: StatusResult['certificate']): boolean {
  return renewals.some(({ path, failures }) => path === certificate?.path && failures === 0);
}

function renewalProblems({ idTag, failures, nextAt, error }: StatusResult['renewals'][number]): Problem[] {
  if (!error) return [];
  const after = failures === 1 ? '' : ` (${failures} attempts)`;
  const message = `${idTag} gets no new certificate${after}: ${error.code}: ${error.message}`;
  const next = `The next attempt is at ${nextAt}, or after SIGHUP`;
  return [{ code: 'tls.renewal', message, hint: error.hint === null ? next : `${error.hint} ${next}` }];
}

function certificateProblems(certificate: StatusResult['certificate'], now: number, renewed: boolean): Problem[] {
  if (!certificate) return [];
  const { path, problem, validFrom, daysLeft, missing } = certificate;
  const renew = 'Renew it; a running server reads the file again by itself';
  if (problem !== null) {
    const hint = 'Look at the file, or set another: cloudillo config set tls.cert FILE';
    return [{ code: 'tls.unreadable', message: `The certificate ${path} can't be used: ${problem}`, hint }];
  }
  const problems: Problem[] = [];
  if (daysLeft !== null && daysLeft < 0) {
    problems.push({ code: 'tls.expired', message: `The certificate ${path} has expired`, hint: renew });
  } else if (daysLeft !== null && daysLeft < WARN_DAYS && !renewed) {
    problems.push({ code: 'tls.expires', message: `The certificate ${path} expires in ${daysLeft} days`, hint: renew });
  }
  if (validFrom !== null && Date.parse(validFrom) > now) {
    const message = `The certificate ${path} is not valid before ${validFrom}`;
    problems.push({
      code: 'tls.expired',
      message,
      hint: 'Check the clock of this machine, or use the certificate before it',
    });
  }
  if (missing.length > 0) {
    const message = `The certificate ${path} isn't for ${missing.join(', ')}`;
    problems.push({
      code: 'tls.name',
      message,
      hint: 'Get a certificate for cl-o.<idTag> and <idTag> of every identity',
    });
  }
  return problems;
}

function serverProblems(
  { server, identities }: Pick<StatusResult, 'server' | 'identities'>,
  readOnly: boolean,
): Problem[] {
  if (server && server.logDropped > 0) {
    const message = `${server.logDropped} lines of the server's log could not be written`;
    return [
      {
        code: 'server.log',
        message,
        hint: 'Check where its standard error goes: the disk may be full or the pipe closed',
      },
    ];
  }
  if (server || identities.length === 0) return [];
  if (readOnly) {
    const message = 'A command can’t tell whether a server is running: on such a disk none can be reached';
    return [{ code: 'server.unknown', message, hint: 'Ask the server itself: GET /readyz' }];
  }
  const message = 'No server is running, so nothing can be received';
  return [{ code: 'server.stopped', message, hint: 'cloudillo serve' }];
}

function workerProblems({ workers }: Pick<StatusResult, 'workers'>): Problem[] {
  return workers
    .filter(({ state }) => state === 'paused')
    .map(({ name, error, nextStartAt }) => ({
      code: 'server.worker',
      message: `The background worker "${name}" failed: ${error?.message}`,
      hint: `It is started again at ${nextStartAt}; the server's log says more`,
    }));
}

function queueProblems({ queue, server }: Pick<StatusResult, 'queue' | 'server'>, now: number): Problem[] {
  if (queue.queued === 0 || queue.oldestAt === null) return [];
  if (!server) {
    const wait = queue.queued === 1 ? '1 delivery waits' : `${queue.queued} deliveries wait`;
    const message = `${wait}, and no server is running for it`;
    return [{ code: 'queue.waiting', message, hint: 'cloudillo serve, or cloudillo deliver to try them once' }];
  }
  if (now - Date.parse(queue.oldestAt) < WAITING_TOO_LONG) return [];
  const message = `Deliveries wait since ${queue.oldestAt}`;
  return [{ code: 'queue.waiting', message, hint: 'See "last failures"; cloudillo deliver tries them now' }];
}

function reachProblems({ queue }: Pick<StatusResult, 'queue'>): Problem[] {
  const [longest, ...others] = queue.failing.filter(({ unreachable }) => unreachable);
  if (!longest) return [];
  // The list is cut, and all that are listed are unreachable.
  const atLeast = others.length + 1 === queue.failing.length && queue.failing.length < queue.failingCount;
  const more = `${atLeast ? 'at least ' : ''}${others.length} more`;
  const who = others.length === 0 ? longest.peer : `${longest.peer} and ${more}`;
  const message = `${who} could not be reached for more than a day, and gets no broadcasts until it answers`;
  return [{ code: 'queue.unreachable', message, hint: `cloudillo dns-check ${longest.peer}` }];
}
