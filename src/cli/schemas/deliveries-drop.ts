import { Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { deliveryReport } from './follow.ts';

/** What `deliveries drop --json` writes: one object a delivery. */
export const schema = Type.Union([deliveryReport, errorOutput], {
  $id: 'deliveries-drop',
  title: 'deliveries drop --json',
});
