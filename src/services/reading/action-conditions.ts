import type { Identity } from '../../store/identities/identity-document.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import type { Caller } from '../readers/caller.ts';

/** What `GET /api/actions` can be asked for beyond what the store has an index of. */
export interface ActionConditions {
  /** On whose wall: for it, or by it and for nobody. */
  wall?: string | undefined;
  /** What its owner is, as far as it was ever seen. */
  wallType?: 'person' | 'community' | undefined;
  /** Between this identity and whoever asks; for a guest: by it or for it. */
  involved?: string | undefined;
  /** One of these. */
  subjects?: string[] | undefined;
  visibilities?: string[] | undefined;
  /** Unix seconds, exclusive. */
  createdBefore?: number | undefined;
  /** Not what whoever asks said. */
  notByCaller?: boolean | undefined;
}

type Condition = (row: Readonly<ActionRow>) => boolean;

/** The conditions as one test of a row; undefined: there is none. */
export function conditionsOf(
  store: Pick<Store, 'peer'>,
  own: Pick<Identity, 'idTag' | 'type'>,
  { idTag: viewer }: Caller,
  wanted: ActionConditions,
): Condition | undefined {
  const { wallType, involved, subjects, visibilities, createdBefore, notByCaller } = wanted;
  const conditions: Condition[] = [];
  if (subjects && subjects.length > 1) conditions.push(({ subject }) => subject !== null && subjects.includes(subject));
  if (visibilities) conditions.push(({ visibility }) => visibilities.includes(visibility ?? 'D'));
  if (createdBefore !== undefined) conditions.push(({ createdAt }) => createdAt < createdBefore);
  if (notByCaller && viewer !== null) conditions.push(({ issuer }) => issuer !== viewer);
  if (involved !== undefined) conditions.push(between(viewer, involved));
  if (wallType) {
    const typeOf = (idTag: string) => (idTag === own.idTag ? own : store.peer(own.idTag, idTag))?.type;
    conditions.push(({ issuer, audience }) => typeOf(audience ?? issuer) === wallType);
  }
  if (conditions.length === 0) return undefined;
  return (row) => conditions.every((holds) => holds(row));
}

/** What the one said to the other; of oneself: to oneself. */
function between(viewer: string | null, involved: string): Condition {
  if (viewer === null) return ({ issuer, audience }) => issuer === involved || audience === involved;
  return ({ issuer, audience }) =>
    (issuer === viewer && audience === involved) || (issuer === involved && audience === viewer);
}
