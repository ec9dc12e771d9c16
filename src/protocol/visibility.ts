/** Who may read an action or a file (specification: Visibility). */
import { PERSONAL_TYPES, splitType } from './action-types.ts';

/** A letter of the visibility (specification: Visibility). */
export type Visibility = 'P' | 'V' | '2' | 'F' | 'C' | 'S' | 'D';

/** All letters, widest first. */
export const VISIBILITIES: readonly Visibility[] = ['P', 'V', '2', 'F', 'C', 'S', 'D'];

/** The facts about an action that decide who may read it. */
export interface ReadableAction {
  issuer: string;
  audience?: string | null;
  /** As resolved at the arrival. `null` (never resolved) is read as `D`. */
  visibility: Visibility | null;
  /** With or without its subtype. */
  type: string;
}

/** The reader, with its relations to the tenant that holds the action. */
export interface Reader {
  /** `null`: a guest. */
  idTag: string | null;
  /** The reader is the tenant that holds the action. It reads all of them. */
  owner?: boolean;
  /** The reader follows the tenant. */
  follower: boolean;
  connected: boolean;
  /** The reader is an active subscriber of the action's conversation. */
  subscriber: boolean;
}

/** Personal types that also occur in conversations, where all subscribers read them. */
const CONVERSATION_TYPES: ReadonlySet<string> = new Set(['MSG', 'INVT', 'SUBS']);

/** Whether `value` is one of the letters. Any other letter in a token is read as `D`. */
export function isVisibility(value: unknown): value is Visibility {
  return typeof value === 'string' && (VISIBILITIES as readonly string[]).includes(value);
}

/**
 * Whether `reader` may read `action`. The issuer and the audience always may. A personal action is for those two, or in a
 * conversation for its subscribers, whatever its letter: the network signs such actions with `F`.
 */
export function canRead(action: ReadableAction, reader: Reader): boolean {
  if (reader.owner) return true;
  const audience = action.audience ?? null;
  if (reader.idTag !== null && (reader.idTag === action.issuer || reader.idTag === audience)) return true;
  const { type } = splitType(action.type);
  if (audience !== null && PERSONAL_TYPES.has(type)) {
    return reader.idTag !== null && reader.subscriber && CONVERSATION_TYPES.has(type);
  }
  if (action.visibility === 'P') return true;
  if (reader.idTag === null) return false;
  switch (action.visibility) {
    case 'V':
      return true;
    case '2': // Like `F` until vouchers exist.
    case 'F':
      return reader.follower || reader.connected;
    case 'C':
      return reader.connected;
    case 'S':
      return reader.subscriber;
    default:
      return false;
  }
}
