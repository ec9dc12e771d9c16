/** The JSON of `deliver`. */
import type { Static } from '@sinclair/typebox';
import type { deliveryReport } from './follow.ts';

export type DeliveryOutput = Static<typeof deliveryReport>;
