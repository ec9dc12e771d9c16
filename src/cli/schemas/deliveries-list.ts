import { Type } from '@sinclair/typebox';
import { deliveryView } from './deliveries.ts';
import { errorOutput } from './error.ts';

/** What `deliveries list --json` writes: as `deliveries`. */
export const schema = Type.Union([deliveryView, errorOutput], {
  $id: 'deliveries-list',
  title: 'deliveries list --json',
});
