/** One delivery as a line. */
import type { ChalkInstance } from 'chalk';
import { whenDue } from '../../protocol/reason-text.ts';
import type { DeliveryOutput } from '../schemas/deliver.ts';

/** One delivery on one line. `now` in unix milliseconds. */
export function deliveryLine(report: DeliveryOutput, now: number, colors: ChalkInstance): string {
  const { state, tenant, to, actionId, nextAt, error } = report;
  const paint = {
    delivered: colors.green,
    queued: colors.yellow,
    refused: colors.red,
    expired: colors.red,
    dropped: colors.red,
    superseded: colors.red,
  };
  const again = nextAt === null ? '' : `, next try ${whenDue(nextAt, now)}`;
  const why = error ? `  ${error.code}: ${error.message}` : '';
  return `${paint[state](state.padEnd(10))}  ${tenant} → ${to}  ${actionId}${again}${why}`;
}
