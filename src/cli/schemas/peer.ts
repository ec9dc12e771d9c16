/** The JSON of `peer show`, `peer forget`, `peer retry` and `bans`. */
import { type Static, Type } from '@sinclair/typebox';
import { errorObject } from './error.ts';
import { deliveryReport } from './follow.ts';
import { dateTime, nullable, strict } from './nullable.ts';

const failure = Type.Object(
  { error: errorObject, seenAt: dateTime(), againAt: dateTime('nobody asks the peer before') },
  strict,
);

const address = Type.Object(
  {
    address: Type.String(),
    ban: nullable(Type.Object({ since: dateTime(), until: dateTime() }, strict)),
    powLevel: Type.Integer({ description: 'how many letters of proof of work a CONN from there must end in' }),
  },
  strict,
);

const relation = Type.Object(
  {
    tenant: Type.String({ description: 'the own identity' }),
    following: Type.Boolean(),
    follower: Type.Boolean(),
    connected: Type.Boolean(),
    blocked: Type.Boolean(),
    muted: Type.Boolean(),
    queued: Type.Integer({ minimum: 0, description: 'deliveries that wait' }),
    sentAt: nullable(dateTime('the last delivery that the peer took')),
    receivedAt: nullable(dateTime('the last action that came from it')),
  },
  strict,
);

/** `peer show`. */
export const knownPeerSchema = Type.Object(
  {
    peer: Type.String(),
    profile: nullable(
      Type.Object(
        {
          name: nullable(Type.String()),
          fetchedAt: dateTime(),
          keys: Type.Array(
            Type.Object(
              {
                keyId: Type.String(),
                expiresAt: nullable(Type.String()),
                published: Type.Boolean({ description: 'false: it went, and is kept for what it signed before' }),
              },
              strict,
            ),
          ),
        },
        { ...strict, description: 'as it was fetched last' },
      ),
    ),
    memory: nullable(
      Type.Object(
        {
          failure: nullable(failure),
          addresses: Type.Array(address, { description: 'those that its latest tokens came from' }),
        },
        { ...strict, description: 'what the running server remembers; null: no server runs' },
      ),
    ),
    circuit: nullable(
      Type.Object(
        { since: dateTime(), attempts: Type.Integer(), nextAt: dateTime(), error: errorObject },
        { ...strict, description: 'null: closed, it is sent to' },
      ),
    ),
    parked: Type.Integer({ minimum: 0, description: 'tokens of it that wait for its key' }),
    lastArrival: nullable(
      Type.Object({ at: dateTime(), outcome: Type.String(), code: nullable(Type.String()) }, strict),
    ),
    relations: Type.Array(relation),
  },
  strict,
);

/** `peer forget`. */
export const forgottenPeer = Type.Object(
  {
    peer: Type.String(),
    failure: nullable(Type.Boolean({ description: 'whether a failure was remembered; null: no server runs' })),
    keys: Type.Integer({ minimum: 0, description: 'how many of its keys were known' }),
  },
  strict,
);

/** `peer retry`. */
export const retriedPeer = Type.Object(
  {
    peer: Type.String(),
    openSince: nullable(dateTime('since when its circuit was open; null: it was closed')),
    parked: Type.Integer({ minimum: 0, description: 'tokens of it that waited for its key' }),
    byServer: Type.Boolean({ description: 'a running server makes the attempts' }),
    reports: Type.Array(deliveryReport),
  },
  strict,
);

/** A ban: `bans list`, and `bans lift` for each that was ended. */
export const banSchema = Type.Object(
  {
    address: Type.String({ description: 'that sent tokens with bad signatures; IPv6: its /64' }),
    network: Type.String({ description: 'that is banned with it; IPv6: the same' }),
    since: dateTime(),
    until: dateTime(),
  },
  strict,
);

export type KnownPeerOutput = Static<typeof knownPeerSchema>;
export type ForgottenPeerOutput = Static<typeof forgottenPeer>;
export type RetriedPeerOutput = Static<typeof retriedPeer>;
export type BanOutput = Static<typeof banSchema>;
