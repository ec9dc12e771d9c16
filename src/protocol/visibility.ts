import { PERSONAL_TYPES, splitType } from './action-types.ts';

/** Who may read (specification: Visibility). */
export type Visibility = 'P' | 'V' | '2' | 'F' | 'C' | 'S' | 'D';

/** All letters, widest first. */
export const VISIBILITIES: readonly Visibility[] = ['P', 'V', '2', 'F', 'C', 'S', 'D'];

/** The facts about an action that decide who may read it. */
export interface ReadableAction {
  issuer: string;
  audience?: string | null;
  /** As resolved when it arrived; `null` (never resolved) is read as `D`. */
  visibility: Visibility | null;
  /** With or without its subtype. */
  type: string;
}

/** Who asks, with the relations of the instance that holds the action. */
export interface Reader {
  /** `null`: a guest. */
  idTag: string | null;
  /** The identity whose instance this is: it reads whatever it holds. */
  owner?: boolean;
  /** Follows us. */
  follower: boolean;
  connected: boolean;
  /** Is an active subscriber of the conversation that the action belongs to. */
  subscriber: boolean;
}

/** Personal types that live in conversations too, where the subscribers read them. */
const CONVERSATION_TYPES: ReadonlySet<string> = new Set(['MSG', 'INVT', 'SUBS']);

/** Is `value` one of the letters? Any other letter in a token is read as `D`. */
export function isVisibility(value: unknown): value is Visibility {
  return typeof value === 'string' && (VISIBILITIES as readonly string[]).includes(value);
}

/**
 * May `reader` read `action`? The issuer and the audience always may; a personal action is for those two (in a
 * conversation: its subscribers), whatever its letter, because the network signs such actions with `F`.
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
