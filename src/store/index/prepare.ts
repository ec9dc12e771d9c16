import { hash } from 'node:crypto';
import { actionKey } from '../../protocol/action-types.ts';
import { type ActionClaims, assertClaims } from '../../protocol/claims.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { decodeToken } from '../../protocol/token.ts';
import type { ActionEvent, JournalEvent } from '../events.ts';
import type { PreparedAction } from './action-table.ts';

const KINDS: ReadonlySet<string> = new Set<JournalEvent['kind']>([
  'action',
  'status',
  'relation',
  'peer',
  'delivery',
  'parked',
  'unparked',
  'file',
]);

/** Can this program apply an event of that kind? A later version may have written others. */
export function isKnownKind(kind: string): boolean {
  return KINDS.has(kind);
}

/** SHA-256 of what a token's signature covers: tokens with one signing input are one action, whatever the signature. */
export function signingHash(token: string): Uint8Array {
  return hash('sha256', token.slice(0, token.lastIndexOf('.')), 'buffer');
}

/**
 * Takes out of new events what the index needs, so that applying them later can't fail: null for all but actions.
 * @throws {CloudilloError} `store.event` | `token.malformed` | `token.claims`
 */
export function prepareEvents(events: readonly JournalEvent[]): (PreparedAction | null)[] {
  return events.map((event) => {
    if (typeof event.tenant !== 'string' || event.tenant === '' || !isKnownKind(event.kind)) {
      throw new CloudilloError('store.event', `An event of kind ${JSON.stringify(event.kind)} can't be stored`, {
        stage: 'store',
      });
    }
    return event.kind === 'action' ? prepareNew(event) : null;
  });
}

function prepareNew(event: ActionEvent): PreparedAction {
  const { actionId, claims } = decodeToken(event.token);
  assertClaims(claims);
  if (actionId !== event.actionId) {
    throw new CloudilloError('store.event', `The token given as ${event.actionId} is ${actionId}`, { stage: 'store' });
  }
  return prepared(event, claims);
}

/**
 * The same for an event that was stored: its record's hash vouches for the bytes, which were checked when they came.
 * @throws Error when it isn't a token after all
 */
export function prepareStored(event: ActionEvent): PreparedAction {
  return prepared(event, storedClaims(event.token));
}

/** The claims of a stored token. @throws Error when it isn't one */
export function storedClaims(token: string): ActionClaims {
  const start = token.indexOf('.') + 1;
  const payload = token.slice(start, token.indexOf('.', start));
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as ActionClaims;
}

function prepared(event: ActionEvent, claims: ActionClaims): PreparedAction {
  return { event, claims, signing: signingHash(event.token), key: actionKey(claims) };
}
