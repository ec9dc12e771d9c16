import { Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { deliveryReport } from './follow.ts';

/** What `deliveries retry --json` writes: one object a delivery. */
export const schema = Type.Union([deliveryReport, errorOutput], {
  $id: 'deliveries-retry',
  title: 'deliveries retry --json',
});
