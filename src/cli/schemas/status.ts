/** The JSON of `status`. */
import { type Static, Type } from '@sinclair/typebox';
import { keySchema } from './keygen.ts';
import { dateTime, nullable, oneOf, strict } from './nullable.ts';
import { recoverySchema, statsFields } from './store-findings.ts';

const server = Type.Object(
  {
    pid: Type.Integer(),
    url: Type.String({ description: 'where it listens' }),
    startedAt: Type.Integer({ description: 'unix milliseconds' }),
    uptimeSeconds: Type.Integer(),
    logDropped: Type.Integer({ description: 'lines of its log that could not be written' }),
    connectionsDropped: Type.Integer({
      description: 'connections that it could not take: no file descriptors were left',
    }),
  },
  strict,
);

const worker = Type.Object(
  {
    name: Type.String({
      description: 'delivery, parked, counts, history, profiles, attachments, sweep, compaction, certificates',
    }),
    state: oneOf('running', 'paused', 'stopped'),
    restarts: Type.Integer({ minimum: 0, description: 'how often it failed and was started again' }),
    error: nullable(Type.Object({ code: Type.String(), message: Type.String() }, strict)),
    nextStartAt: nullable(dateTime('when a paused one is started again')),
  },
  strict,
);

const identity = Type.Object(
  {
    idTag: Type.String(),
    name: Type.String(),
    type: oneOf('person', 'community'),
    keys: Type.Array(keySchema),
    keyProblem: nullable(Type.String({ description: "why the signing key can't be used: key.missing, key.mode, …" })),
    following: Type.Integer(),
    followers: Type.Integer(),
  },
  strict,
);

const certificate = Type.Object(
  {
    path: Type.String(),
    problem: nullable(Type.String()),
    subject: nullable(Type.String()),
    validFrom: nullable(dateTime()),
    validTo: nullable(dateTime()),
    daysLeft: nullable(Type.Integer()),
    missing: Type.Array(Type.String(), { description: "host names of the identities that it isn't for" }),
  },
  strict,
);

const renewal = Type.Object(
  {
    idTag: Type.String(),
    path: Type.String({ description: 'the file with the chain and its key' }),
    directory: Type.String({ description: "URL of the authority's directory" }),
    nextAt: dateTime('the renewal, or the next attempt'),
    failures: Type.Integer({ minimum: 0, description: 'attempts that failed since the last success' }),
    failedAt: nullable(dateTime()),
    error: nullable(
      Type.Object({ code: Type.String(), message: Type.String(), hint: nullable(Type.String()) }, strict),
    ),
  },
  strict,
);

const failure = Type.Object(
  {
    tenant: Type.String(),
    to: Type.String(),
    actionId: Type.String(),
    state: Type.String(),
    attempts: Type.Integer(),
    code: Type.String(),
    message: Type.String(),
    at: dateTime(),
  },
  strict,
);

/** A peer whose circuit is not closed. */
export const failingPeer = Type.Object(
  {
    peer: Type.String(),
    since: dateTime('the first failure since it answered last'),
    attempts: Type.Integer({ minimum: 1 }),
    nextAt: dateTime(),
    code: Type.String(),
    message: Type.String(),
    unreachable: Type.Boolean({ description: 'for more than a day: left out of broadcasts until it answers' }),
  },
  strict,
);

/** The state of an instance. */
export const statusResult = Type.Object(
  {
    home: Type.String(),
    server: nullable(server),
    workers: Type.Array(worker, { description: 'background workers of the running server' }),
    network: oneOf('public', 'sandbox', 'unusable'),
    identities: Type.Array(identity),
    certificate: nullable(certificate),
    ownCertificates: Type.Array(certificate, { description: 'of single identities, shown by SNI' }),
    renewals: Type.Array(renewal, { description: 'of certificates that are ordered by themselves (ACME)' }),
    store: Type.Object(
      {
        ...statsFields,
        reclaimableBytes: Type.Integer({ description: 'roughly what "store compact" would drop' }),
        recovery: recoverySchema,
      },
      strict,
    ),
    queue: Type.Object(
      {
        queued: Type.Integer(),
        nextAt: nullable(dateTime()),
        oldestAt: nullable(dateTime()),
        parked: Type.Integer(),
        failing: Type.Array(failingPeer, {
          maxItems: 100,
          description: 'peers whose circuit is not closed, the longest open first: what is for them waits',
        }),
        failingCount: Type.Integer({ minimum: 0, description: 'how many such peers there are' }),
      },
      strict,
    ),
    inbox: Type.Object(
      {
        refused: Type.Integer({ minimum: 0, description: 'arrivals that were refused in the last hour' }),
        rateLimited: Type.Integer({
          minimum: 0,
          description: 'arrivals that a limit, a ban or a quota ended in the last hour',
        }),
        probes: Type.Integer({
          minimum: 0,
          description: 'how often doctor or smoke-test tried the inbox in the last hour; not counted in `refused`',
        }),
        unrecorded: Type.Integer({ minimum: 0, description: 'arrivals of which no notes were made' }),
        bans: nullable(Type.Integer({ description: 'bans that hold; null: no server runs, or its limits are off' })),
      },
      strict,
    ),
    failures: Type.Array(failure, { description: 'failed deliveries, newest first' }),
    problems: Type.Array(Type.Object({ code: Type.String(), message: Type.String(), hint: Type.String() }, strict)),
  },
  strict,
);

export type StatusOutput = Static<typeof statusResult>;
