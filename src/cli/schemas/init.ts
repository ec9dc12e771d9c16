/** The JSON of `init`. */
import { type Static, Type } from '@sinclair/typebox';
import { nullable, oneOf, strict } from './nullable.ts';

/** A record to add to the DNS zone. */
const dnsRecord = Type.Object(
  {
    name: Type.String({ description: 'A-label, without the last dot' }),
    type: nullable(oneOf('A', 'AAAA', 'CNAME')),
    ttl: Type.Integer({ description: 'seconds' }),
    data: nullable(Type.String({ description: 'null: no --address was given' })),
    purpose: oneOf('api', 'app'),
  },
  strict,
);

/** What was created, or would be. */
export const initResult = Type.Object(
  {
    home: Type.String({ description: 'absolute path' }),
    idTag: Type.String({ description: 'canonical' }),
    name: Type.String(),
    type: oneOf('person', 'community'),
    homeCreated: Type.Boolean(),
    created: Type.Boolean({ description: 'false: dry run, or it was there (--exist-ok)' }),
    dryRun: Type.Boolean(),
    key: Type.Object(
      {
        keyId: Type.String(),
        fingerprint: nullable(Type.String()),
        publicKey: nullable(Type.String({ description: 'wire form; null in a dry run' })),
        encrypted: Type.Boolean(),
      },
      strict,
    ),
    settings: Type.Record(Type.String(), Type.Unknown(), { description: 'what --set wrote' }),
    dns: Type.Array(dnsRecord),
    next: Type.Array(Type.String(), { description: 'commands' }),
  },
  strict,
);

export type InitOutput = Static<typeof initResult>;
