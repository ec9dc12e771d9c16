/**
 * The way of an arriving token, from its bytes to the answer (specification: Inbox). Each stage takes the arrival and returns it with
 * what it found out, ends the way with a receipt, or throws a refusal.
 */
import { StageList } from '../runtime/stage-list.ts';
import { type ArrivedToken, type DecidedArrival, refusedIn } from './arrival.ts';
import { decode, endIfKnown, endIfTwin } from './duplicates.ts';
import { announce, decideEffects, record, toReceipt } from './effects.ts';
import { blamingTheSender, onceAtATime, orParked, underItsLocks } from './holds.ts';
import type { InboxDeps } from './inbox-deps.ts';
import { checkPermission, refuseBlocked } from './permission.ts';
import type { Receipt } from './receipt.ts';
import { checkRecipient } from './recipient.ts';
import { checkSignature, checkToken, findKey } from './verify-arrival.ts';

export const ARRIVAL_STAGES = StageList.of<InboxDeps, ArrivedToken, Receipt>(refusedIn)
  .stage('decode', decode)
  // The same token twice at once goes the way once.
  .within(onceAtATime, (once) =>
    once
      .stage('known', endIfKnown)
      // Bad signatures and bad requests to connect count against the address that they came from.
      .within(blamingTheSender, (blaming) =>
        blaming
          // An issuer whose key can't be fetched now may be reached later: its token is parked.
          .within(orParked, (parking) =>
            parking
              // Whatever needs no key comes first: a token that fails there isn't worth asking somebody's server about.
              .stage('checks', checkToken)
              .stage('key', findKey)
              .stage('signature', checkSignature)
              .stage('recipient', checkRecipient)
              .within<DecidedArrival>(underItsLocks, (locked) =>
                locked
                  // Only once the signature is verified: earlier, anybody could find out whom we have blocked.
                  .stage('blocked', refuseBlocked)
                  // Now that the signature is verified: the same claims with another signature are the same action.
                  .stage('known', endIfTwin)
                  .stage('permission', checkPermission)
                  .stage('effects', decideEffects)
                  .stage('record', record)
                  .stage('announce', announce),
              )
              .stage('answer', toReceipt),
          ),
      ),
  );
