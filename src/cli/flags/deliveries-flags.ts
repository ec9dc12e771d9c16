/** The flags of the commands about deliveries. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { DeliveryReport } from '../../services/delivery/delivery-report.ts';
import { DELIVERY_STATES } from '../../store/model/events.ts';
import { combineExitCodes, type ExitCode } from '../output/exit-codes.ts';
import { followExitCode } from '../output/follow-outcome.ts';
import { usageError } from '../output/output.ts';
import { anyIdentityFlag, limitFlag } from './flags.ts';

/** The flags of `deliveries` and `deliveries list`. */
export const listFlags = {
  as: anyIdentityFlag,
  state: Flags.option({ options: DELIVERY_STATES, description: 'only deliveries in this state' })(),
  to: Flags.string({ description: 'only deliveries to this identity', helpValue: 'IDTAG' }),
  action: Flags.string({
    description: 'only deliveries of this action; the beginning of its ID is enough',
    helpValue: 'ID',
  }),
  limit: limitFlag(),
};

/** The argument of `deliveries retry` and `deliveries drop`. */
export const chosenArgs = {
  action: Args.string({ name: 'ACTION', description: 'the action; the beginning of its ID is enough' }),
};
/** The flags of `deliveries retry` and `deliveries drop` that choose deliveries. */
export const chosenFlags = {
  as: anyIdentityFlag,
  to: Flags.string({ description: 'only deliveries to this identity', helpValue: 'IDTAG' }),
  all: Flags.boolean({ description: 'all deliveries' }),
};

/**
 * Requires a choice, so that no command without arguments means all deliveries.
 * @throws CloudilloError `usage.missing`
 */
export function assertChosen({
  action,
  to,
  all,
}: {
  action?: string | undefined;
  to?: string | undefined;
  all: boolean;
}) {
  if (action !== undefined || to !== undefined || all) return;
  throw usageError('usage.missing', 'No deliveries were named', 'Give an ACTION, --to IDTAG, or --all');
}

const OUTCOME = {
  delivered: 'accepted',
  queued: 'queued',
  refused: 'refused',
  expired: 'refused',
  dropped: 'refused',
  superseded: 'refused',
} as const;

/** The exit code for deliveries after an attempt: 0 done, 7 refused, 4–6 still queued, by the cause. */
export function deliveriesVerdict(reports: readonly Pick<DeliveryReport, 'state' | 'error'>[]): ExitCode {
  return combineExitCodes(reports.map(({ state, error }) => followExitCode({ outcome: OUTCOME[state], error })));
}
