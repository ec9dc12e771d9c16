/** The output of `status`. */
import type { ChalkInstance } from 'chalk';
import { relativeTime, timeSpan, whenDue } from '../../protocol/reason-text.ts';
import type { StatusOutput } from '../schemas/status.ts';
import { byteText } from './bytes.ts';
import { counted } from './counted.ts';
import { type Field, fieldLines } from './fields.ts';
import { shownTime } from './shown-time.ts';

const FAILING_SHOWN = 5;
/** Less than so many reclaimable bytes aren't mentioned. */
const WORTH_SHOWING = 1024 * 1024;

/** The state of an instance. `now` in unix milliseconds. */
export function renderStatus(status: StatusOutput, now: number, colors: ChalkInstance): string[] {
  const { home, problems, network } = status;
  const fields: (Field | null)[] = [
    ['home', home],
    ['server', serverText(status, colors)],
    status.server ? ['workers', workersText(status)] : null,
    network === 'public' ? null : ['network', network],
    ...status.identities.map((identity): Field => ['identity', identityText(identity, now)]),
    ...certificates(status).map((each) => certificateField(each, now)),
    ...status.renewals.map((each) => renewalField(each, now)),
    ['store', storeText(status)],
    ['queue', queueText(status, now)],
    ['inbox', inboxText(status)],
  ];
  const failures = status.failures.map(
    ({ at, tenant, to, state, code, message }) => `  ${shownTime(at)}  ${tenant} → ${to} ${state}: ${code}: ${message}`,
  );
  const shown = status.queue.failing.slice(0, FAILING_SHOWN);
  const failing = shown.map(
    ({ peer, since, nextAt, code, attempts }) =>
      `  ${peer}: ${code}, ${attempts === 1 ? 'once' : `${attempts} times`} since ${shownTime(since)}, ` +
      `next try ${whenDue(Date.parse(nextAt), now)}`,
  );
  const unshown = status.queue.failingCount - shown.length;
  if (unshown > 0) failing.push(`  and ${unshown} more`);
  return [
    problems.length === 0 ? colors.green('✓ healthy') : colors.yellow(`! ${counted(problems.length, 'problem')}`),
    ...fieldLines(fields),
    ...(failing.length > 0 ? ['', 'Peers that fail:', ...failing] : []),
    ...(failures.length > 0 ? ['', 'Last failures:', ...failures] : []),
    ...problems.flatMap(({ code, message, hint }) => ['', `${colors.yellow('!')} ${message} (${code})`, `  → ${hint}`]),
  ];
}

function inboxText({
  inbox: { refused, rateLimited, probes, unrecorded, bans },
  queue: { failingCount },
}: StatusOutput): string {
  return [
    `${refused} refused in the last hour`,
    ...(rateLimited > 0 ? [`${rateLimited} rate-limited`] : []),
    ...(probes > 0 ? [counted(probes, 'probe')] : []),
    ...(unrecorded > 0 ? [`${unrecorded} unrecorded`] : []),
    ...(bans === null ? [] : [counted(bans, 'ban')]),
    counted(failingCount, 'open circuit'),
  ].join(', ');
}

function serverText({ server, problems }: StatusOutput, colors: ChalkInstance): string {
  if (problems.some(({ code }) => code === 'server.unknown')) return colors.dim('unknown');
  if (!server) return colors.dim('not running');
  return `${server.url}, pid ${server.pid}, up ${timeSpan(server.uptimeSeconds)}`;
}

function workersText({ workers }: StatusOutput): string {
  const running = workers.filter(({ state }) => state === 'running').length;
  const restarts = workers.reduce((sum, worker) => sum + worker.restarts, 0);
  const again = restarts > 0 ? `, ${counted(restarts, 'restart')}` : '';
  return `${running} of ${workers.length} running${again}`;
}

function identityText(identity: StatusOutput['identities'][number], now: number): string {
  const { idTag, name, type, keys, following, followers } = identity;
  const signing = keys.find(({ state }) => state === 'signing');
  const expiry = signing?.expiresAt
    ? `, expires ${relativeTime(Date.parse(signing.expiresAt) / 1000, now / 1000)}`
    : '';
  const key = signing ? `key ${signing.keyId}${expiry}` : 'no key that signs';
  return `${idTag} (${name}, ${type}): ${key}; follows ${following}, followed by ${followers}`;
}

/** Each certificate once: the default one may be a tenant's own, too. */
function certificates({ certificate, ownCertificates }: StatusOutput) {
  const all = certificate ? [certificate, ...ownCertificates] : ownCertificates;
  return all.filter(({ path }, at) => all.findIndex((each) => each.path === path) === at);
}

function certificateField(certificate: StatusOutput['ownCertificates'][number], now: number): Field {
  const { path, problem, validTo } = certificate;
  if (problem !== null || validTo === null) return ['certificate', `${path}: ${problem ?? 'no end date'}`];
  return ['certificate', `${path}, expires ${relativeTime(Date.parse(validTo) / 1000, now / 1000)}`];
}

function renewalField({ idTag, nextAt, failures, error }: StatusOutput['renewals'][number], now: number): Field {
  const failed = error ? `: ${error.code}, ${failures === 1 ? 'once' : `${failures} times`}` : '';
  return ['renewal', `${idTag}: ${error ? 'next try ' : ''}${whenDue(Date.parse(nextAt), now)}${failed}`];
}

function storeText({ store }: StatusOutput): string {
  const { actions, records, journalBytes, reclaimableBytes, recovery } = store;
  const reclaimable = reclaimableBytes >= WORTH_SHOWING ? ` (${byteText(reclaimableBytes)} to reclaim)` : '';
  const damage = recovery.damaged.length > 0 ? `, ${recovery.damaged.length} damaged` : '';
  return `${counted(actions, 'action')}, ${counted(records, 'record')}, ${byteText(journalBytes)}${reclaimable}${damage}`;
}

function queueText({ queue }: StatusOutput, now: number): string {
  const { queued, nextAt, parked } = queue;
  if (queued === 0 && parked === 0) return 'empty';
  const next = nextAt === null ? '' : `, next try ${whenDue(Date.parse(nextAt), now)}`;
  const waiting = parked > 0 ? `; ${parked} received tokens wait for their issuer's key` : '';
  return `${queued} to deliver${next}${waiting}`;
}
