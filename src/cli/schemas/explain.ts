/** The JSON of `explain`. */
import { type Static, Type } from '@sinclair/typebox';
import { deliveryView } from './deliveries.ts';
import { arrivalSchema } from './inbox-log.ts';
import { dateTime, nullable, oneOf, strict } from './nullable.ts';

const answeredDelivery = Type.Object(
  {
    ...deliveryView.properties,
    answer: nullable(
      Type.Object(
        {
          requestId: nullable(Type.String({ description: "the peer's ID of the request" })),
          parkedUntil: nullable(dateTime('the peer took it unverified, and tries again then')),
        },
        { ...strict, description: 'what the peer said when it took the action' },
      ),
    ),
  },
  strict,
);

/** The story of an arrival, or of an action that was made here. */
export const storySchema = Type.Object(
  {
    arrival: nullable(arrivalSchema),
    next: nullable(Type.String({ description: 'what has to be different for it to be accepted' })),
    earlier: Type.Array(arrivalSchema, { description: 'earlier arrivals of the same, newest first' }),
    stored: nullable(
      Type.Object(
        {
          tenant: Type.String(),
          actionId: Type.String(),
          type: Type.String({ description: 'with its subtype: FLLW:DEL' }),
          issuer: Type.String(),
          direction: oneOf('in', 'out'),
          status: oneOf('A', 'C', 'N', 'D', 'R', 'S'),
          visibility: nullable(Type.String()),
        },
        { ...strict, description: 'as it is stored now' },
      ),
    ),
    deliveries: Type.Array(answeredDelivery, { description: 'of the action, and of what was signed in answer to it' }),
  },
  strict,
);

/** The page of an error code. */
export const codePage = Type.Object(
  {
    code: Type.String(),
    means: Type.String(),
    exit: Type.Integer({ description: 'of a command, when the failure is final' }),
    queued: Type.Integer({ description: 'of a command, while what was sent waits because of it' }),
    status: Type.Integer({ description: 'of the HTTP answer' }),
    wire: Type.String({ description: 'the code in the HTTP answer' }),
    blame: oneOf('sender', 'us', 'peer', 'network', 'user'),
    retryable: Type.Boolean(),
    next: Type.String({ description: 'what to do' }),
  },
  strict,
);

export type StoryOutput = Static<typeof storySchema>;
export type CodePage = Static<typeof codePage>;
