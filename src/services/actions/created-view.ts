/** The owner's view of a new action. */
import { splitType } from '../../protocol/action-types.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import type { StoredAction } from '../../store/model/rows.ts';
import { readershipOf } from '../readers/reader.ts';
import { type ActionView, actionView, type ViewDeps } from '../reading/action-view.ts';
import { readAction } from '../reading/read-action.ts';
import type { CreateDeps, PreparedAction } from './create-action.ts';

/** The owner's view of a new action; of an ephemeral one, what its token contains. */
export function createdView(
  { store }: Pick<CreateDeps, 'store'>,
  own: Identity,
  created: PreparedAction,
): Promise<ActionView> {
  const caller = { idTag: own.idTag, owner: true };
  const { actionId } = created;
  if (!created.ephemeral) return readAction({ store }, { own, actionId, caller });
  const deps: ViewDeps = { store, own, readership: readershipOf(store, own.idTag, caller) };
  return actionView(deps, asStored(created), { withToken: true });
}

function asStored({ actionId, token, claims, visibility }: PreparedAction): StoredAction {
  const { type, subtype } = splitType(claims.t);
  return {
    actionId,
    token,
    claims,
    type,
    subtype,
    issuer: claims.iss,
    audience: claims.aud ?? null,
    parent: claims.p ?? null,
    subject: claims.sub ?? null,
    status: 'A',
    visibility,
    createdAt: claims.iat,
    receivedAt: claims.iat * 1000,
    expiresAt: claims.exp ?? null,
    direction: 'out',
    current: true,
  };
}
