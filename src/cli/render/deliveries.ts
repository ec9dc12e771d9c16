/** The output of `deliveries`. */
import type { ChalkInstance } from 'chalk';
import { whenDue } from '../../protocol/reason-text.ts';
import type { DeliveryViewOutput } from '../schemas/deliveries.ts';
import { table } from './table.ts';

const HEAD = ['ACTION', 'TYPE', 'FROM', 'TO', 'STATE', 'TRIES', 'NEXT', 'LAST ERROR'];

/** One line for each delivery, with the sender when there are several. `now` in unix milliseconds. */
export function renderDeliveries(
  deliveries: readonly DeliveryViewOutput[],
  now: number,
  colors: ChalkInstance,
): string[] {
  const several = new Set(deliveries.map(({ tenant }) => tenant)).size > 1;
  const [head = '', ...lines] = table([
    HEAD.filter((name) => several || name !== 'FROM'),
    ...deliveries.map(({ actionId, type, tenant, to, state, attempts, nextAt, error }) => [
      actionId,
      type ?? '?',
      ...(several ? [tenant] : []),
      to,
      state,
      String(attempts),
      nextAt === null ? '' : whenDue(Date.parse(nextAt), now),
      error ? `${error.code}: ${error.message}` : '',
    ]),
  ]);
  return [colors.dim(head), ...lines];
}
