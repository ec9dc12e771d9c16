/**
 * The stages of an arriving token, from its bytes to the receipt (specification: Inbox). Each stage takes the arrival and returns
 * it with what it found, ends the list with a receipt, or throws a refusal.
 */
import { StageList } from '../runtime/stage-list.ts';
import { type ArrivedToken, type DecidedArrival, refusedIn } from './arrival.ts';
import { decode, endIfKnown, endIfTwin } from './duplicates.ts';
import { announce, decideEffects, record, toReceipt } from './effects.ts';
import type { InboxDeps } from './inbox-deps.ts';
import { checkPermission, checkQuota, refuseBlocked } from './permission.ts';
import type { Receipt } from './receipt.ts';
import { checkRecipient } from './recipient.ts';
import { blamingTheSender, onceAtATime, orParked, underItsLocks } from './stage-wrappers.ts';
import { checkSignature, checkToken, findKey } from './verify-arrival.ts';

/** The stages in order. */
export const ARRIVAL_STAGES = StageList.of<InboxDeps, ArrivedToken, Receipt>(refusedIn)
  .stage('decode', decode)
  // Concurrent requests with the same token share one run.
  .within(onceAtATime, (once) =>
    once
      .stage('known', endIfKnown)
      // Bad signatures and bad CONNs count against the address that sent them.
      .within(blamingTheSender, (blaming) =>
        blaming
          // A token whose issuer's key can't be fetched now is parked.
          .within(orParked, (parking) =>
            parking
              // The checks without a key come first: a token that fails one isn't worth a request to its issuer's server.
              .stage('checks', checkToken)
              .stage('key', findKey)
              .stage('signature', checkSignature)
              .stage('recipient', checkRecipient)
              .within<DecidedArrival>(underItsLocks, (locked) =>
                locked
                  // This comes after the signature. Otherwise anybody could find out whom the tenant blocks.
                  .stage('blocked', refuseBlocked)
                  // This comes after the signature: verified claims with another signature are the same action.
                  .stage('known', endIfTwin)
                  .stage('permission', checkPermission)
                  .stage('quota', checkQuota)
                  .stage('effects', decideEffects)
                  .stage('record', record)
                  .stage('announce', announce),
              )
              .stage('answer', toReceipt),
          ),
      ),
  );
