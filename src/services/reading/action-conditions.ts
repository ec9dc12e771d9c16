/** Filters of action lists that have no index. */
import type { Identity } from '../../store/identities/identity-document.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import type { Caller } from '../readers/caller.ts';

/** The filters of `GET /api/actions` that the store has no index for. */
export interface ActionConditions {
  /** On the wall of this identity: its audience is the identity, or the identity issued it without an audience. */
  wall?: string | undefined;
  /** The type of the wall's owner; an owner whose profile was never seen has none. */
  wallType?: 'person' | 'community' | undefined;
  /** Between this identity and the caller. For a guest: issued by it or for it. */
  involved?: string | undefined;
  /** The subject is one of these. */
  subjects?: string[] | undefined;
  /** Leave out what the caller issued. */
  notByCaller?: boolean | undefined;
}

type Condition = (row: Readonly<ActionRow>) => boolean;

/** Makes one row filter of the conditions. @returns undefined when there are none */
export function conditionsOf(
  store: Pick<Store, 'peer'>,
  own: Pick<Identity, 'idTag' | 'type'>,
  { idTag: viewer }: Caller,
  wanted: ActionConditions,
): Condition | undefined {
  const { wallType, involved, subjects, notByCaller } = wanted;
  const conditions: Condition[] = [];
  if (subjects && subjects.length > 1) conditions.push(({ subject }) => subject !== null && subjects.includes(subject));
  if (notByCaller && viewer !== null) conditions.push(({ issuer }) => issuer !== viewer);
  if (involved !== undefined) conditions.push(between(viewer, involved));
  if (wallType) {
    const lookUp = (idTag: string) => (idTag === own.idTag ? own : store.peer(own.idTag, idTag))?.type;
    const types = new Map<string, ReturnType<typeof lookUp>>();
    const typeOf = (idTag: string) => {
      if (!types.has(idTag)) types.set(idTag, lookUp(idTag));
      return types.get(idTag);
    };
    conditions.push(({ issuer, audience }) => typeOf(audience ?? issuer) === wallType);
  }
  if (conditions.length === 0) return undefined;
  return (row) => conditions.every((holds) => holds(row));
}

/** Matches what either identity issued for the other. For the viewer's own name: what it issued for itself. */
function between(viewer: string | null, involved: string): Condition {
  if (viewer === null) return ({ issuer, audience }) => issuer === involved || audience === involved;
  return ({ issuer, audience }) =>
    (issuer === viewer && audience === involved) || (issuer === involved && audience === viewer);
}
