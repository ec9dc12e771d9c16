/**
 * The stages of a delivery, from the queue to its report (specification: Delivery). Each stage takes the delivery and returns it
 * with what it found, or ends the list with a report. What the peer does is in the report; only the store throws.
 */
import type { Delivery } from '../../store/model/rows.ts';
import { withLock } from '../runtime/locks.ts';
import { StageList } from '../runtime/stage-list.ts';
import {
  type AttemptOptions,
  type DeliverDeps,
  endIfOver,
  endIfUnwanted,
  expireOthers,
  type RecordedAttempt,
  recordOutcome,
  send,
  toReport,
} from './attempt.ts';
import type { DeliveryReport } from './delivery-report.ts';
import { settlementLock } from './settlement.ts';

/** The stages in order. */
export const DELIVERY_STAGES = StageList.of<
  DeliverDeps,
  { delivery: Delivery; options: AttemptOptions },
  DeliveryReport
>()
  // There are never two attempts at once from one tenant to one peer.
  .within<DeliveryReport>(
    (deps, { delivery: { tenant, to } }, rest) => withLock(deps, { kind: 'attempt', tenant, peer: to }, rest),
    (alone) =>
      alone
        .stage('current', endIfOver)
        .stage('wanted', endIfUnwanted)
        .stage('send', send)
        .within<RecordedAttempt>(
          (deps, { delivery }, rest) => withLock(deps, settlementLock(delivery), rest),
          (settling) => settling.stage('record', recordOutcome),
        )
        .stage('expire', expireOthers)
        .stage('report', toReport),
  );
