import { type Static, Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { deliveryReport } from './follow.ts';

/** What `deliver --json` writes: one object a delivery, in the order in which they were queued. */
export const schema = Type.Union([deliveryReport, errorOutput], { $id: 'deliver', title: 'deliver --json' });

export type DeliveryOutput = Static<typeof deliveryReport>;
