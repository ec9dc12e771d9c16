/** The JSON of `dns-check`. */
import { type Static, Type } from '@sinclair/typebox';
import { errorObject } from './error.ts';
import { nullable, oneOf, strict } from './nullable.ts';

/** The verdicts (specification: DNS). */
const dnsVerdict = oneOf('ok', 'nodns', 'address', 'transient');

const caaFacts = Type.Object(
  {
    at: nullable(Type.String({ description: 'the name that holds the records; null: any authority may issue' })),
    records: Type.Array(Type.Object({ critical: Type.Boolean(), tag: Type.String(), value: Type.String() }, strict)),
    error: nullable(Type.Object({ code: Type.String(), message: Type.String() }, strict)),
  },
  strict,
);

const blockedAddresses = Type.Array(
  Type.Object({ address: Type.String(), range: Type.String({ description: 'private, loopback, …' }) }, strict),
  { description: 'addresses that no peer connects to' },
);

/** The view of one resolver of one name. */
const dnsNameReport = Type.Object(
  {
    name: Type.String({ description: 'A-label form' }),
    purpose: oneOf('api', 'app'),
    verdict: dnsVerdict,
    status: oneOf('found', 'nodata', 'nxdomain', 'failed'),
    chain: Type.Array(Type.String(), { description: 'CNAME targets in order' }),
    addresses: Type.Array(Type.String(), { description: 'A, then AAAA' }),
    complete: Type.Boolean({ description: 'both A and AAAA were answered' }),
    stray: Type.Array(Type.String(), { description: 'addresses that nothing expected leads to' }),
    blocked: blockedAddresses,
    authenticated: nullable(Type.Boolean({ description: 'the resolver set AD (DNSSEC) on every answer' })),
    server: nullable(Type.String({ description: 'who answered' })),
    error: nullable(errorObject),
    ms: Type.Integer({ minimum: 0 }),
    caa: nullable(caaFacts),
  },
  strict,
);

const zoneLine = Type.Object(
  {
    name: Type.String(),
    type: oneOf('A', 'AAAA', 'CNAME'),
    ttl: Type.Integer({ minimum: 0, description: 'seconds' }),
    data: Type.String(),
  },
  strict,
);

/** The whole check. */
export const dnsCheckReport = Type.Object(
  {
    idTag: Type.String(),
    appDomain: Type.String(),
    expected: Type.Array(Type.String(), { description: 'what the names were compared with; empty: with each other' }),
    blocked: blockedAddresses,
    verdict: dnsVerdict,
    resolvers: Type.Array(
      Type.Object(
        {
          resolver: Type.String(),
          verdict: dnsVerdict,
          names: Type.Array(dnsNameReport),
          sameServer: nullable(Type.Boolean({ description: 'do the two names share a token? null: could not tell' })),
          lame: Type.Array(
            Type.Object(
              {
                zone: Type.String(),
                host: Type.String(),
                address: Type.String(),
                code: Type.String(),
                reason: Type.String(),
              },
              strict,
            ),
            { description: 'name servers that a walk from the root found not doing their part' },
          ),
        },
        strict,
      ),
    ),
    records: Type.Object(
      { zone: Type.String(), add: Type.Array(zoneLine), remove: Type.Array(zoneLine) },
      { ...strict, description: 'what to change in the zone' },
    ),
  },
  strict,
);

export type DnsCheckOutput = Static<typeof dnsCheckReport>;
