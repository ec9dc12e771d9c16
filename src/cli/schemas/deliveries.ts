/** The JSON of `deliveries`. */
import { type Static, Type } from '@sinclair/typebox';
import { DELIVERY_STATES } from '../../store/model/events.ts';
import { errorObject } from './error.ts';
import { dateTime, nullable, oneOf, strict } from './nullable.ts';

/** A delivery in a list. */
export const deliveryView = Type.Object(
  {
    tenant: Type.String({ description: 'the own identity' }),
    actionId: Type.String(),
    type: nullable(Type.String({ description: 'with its subtype: FLLW:DEL; null: the action is damaged' })),
    to: Type.String(),
    state: oneOf(...DELIVERY_STATES),
    attempts: Type.Integer({ minimum: 0 }),
    nextAt: nullable(dateTime('null: it is over')),
    queuedAt: dateTime(),
    changedAt: dateTime('the last attempt, or what else happened last'),
    error: nullable(errorObject),
  },
  strict,
);

export type DeliveryViewOutput = Static<typeof deliveryView>;
