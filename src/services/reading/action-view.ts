/** The view of an action for the API (specification: Views). */
import { chooseVariant, parseDescriptor } from '../../protocol/descriptor.ts';
import { wireTime } from '../../protocol/envelope.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import type { StoredAction } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { CONVERSATION_FLAGS } from '../conversations/conversation.ts';
import { type IdentityView, identityView } from '../peers/identity-view.ts';
import type { Readership } from '../readers/reader.ts';
import { type ActionStat, actionStat } from './action-stat.ts';

/** An action as the API shows it (specification: Views). Absent fields are omitted. */
export interface ActionView {
  actionId: string;
  type: string;
  subType?: string;
  parentId?: string;
  rootId?: string;
  issuer: IdentityView;
  audience?: IdentityView;
  content?: unknown;
  attachments?: AttachmentView[];
  subject?: string;
  /** The original of a REPOST, when the reader may see it. */
  subjectAction?: ActionView;
  /** ISO 8601, in seconds. */
  createdAt: string;
  receivedAt: string;
  expiresAt?: string;
  status: string;
  stat: ActionStat;
  visibility?: string;
  flags?: string;
  x?: { role: string };
  /** The token, byte for byte. */
  token?: string;
}

/** An attached file, and what this home has of it. */
export interface AttachmentView {
  fileId: string;
  /** The size of an image, in pixels. */
  dim?: [width: number, height: number];
  localVariants?: string[];
}

/** Sources of what the action itself does not contain. */
export interface ViewDeps {
  store: Pick<
    Store,
    'peer' | 'rootId' | 'row' | 'rows' | 'list' | 'count' | 'visit' | 'action' | 'byKey' | 'file' | 'blobs'
  >;
  /** The tenant whose store is read. */
  own: Identity;
  readership: Readership;
}

/** Options of a view. */
export interface ViewOptions {
  withToken?: boolean | undefined;
  /** Include the subject of every type, not of a REPOST alone. */
  withSubject?: boolean | undefined;
  /** How many levels of subjects are included. */
  depth?: number | undefined;
  /** Leave out what the reader itself said of the action: the view is for several readers. */
  shared?: boolean | undefined;
}

/** Builds the view of an action that the reader may see. @throws CloudilloError `store.damaged`, `store.io` */
export async function actionView(
  deps: ViewDeps,
  action: StoredAction,
  { withToken = false, withSubject = false, depth = 1, shared = false }: ViewOptions = {},
): Promise<ActionView> {
  const { store, own } = deps;
  const { claims, subtype, parent, audience, subject, expiresAt, visibility } = action;
  const rootId = parent === null ? null : shownRoot(deps, action.actionId, parent);
  const attachments = await attachmentsOf(deps, action.issuer, claims.a ?? []);
  const original =
    depth > 0 && (withSubject || action.type === 'REPOST') ? await subjectAction(deps, subject, shared) : null;
  return {
    actionId: action.actionId,
    type: action.type,
    ...(subtype !== null && { subType: subtype }),
    ...(parent !== null && { parentId: parent }),
    ...(rootId !== null && { rootId }),
    issuer: identityView(store, own, action.issuer),
    ...(audience !== null && { audience: identityView(store, own, audience) }),
    ...(claims.c !== undefined && claims.c !== null && { content: claims.c }),
    ...(attachments.length > 0 && { attachments }),
    ...(subject !== null && { subject }),
    ...(original && { subjectAction: original }),
    createdAt: time(action.createdAt * 1000),
    receivedAt: time(action.receivedAt),
    ...(expiresAt !== null && { expiresAt: time(expiresAt * 1000) }),
    status: action.status,
    stat: await actionStat(deps, action, shared ? null : deps.readership.idTag),
    // A direct action carries no visibility letter.
    ...(visibility !== null && visibility !== 'D' && { visibility }),
    ...(claims.f !== undefined && !isDefault(deps, action) && { flags: claims.f }),
    ...roleOfCreator(deps, action),
    ...(withToken && { token: action.token }),
  };
}

/** The thread's first action. It is left out when the reader may not see it; the token names the parent only. */
function shownRoot({ store, own, readership }: ViewDeps, actionId: string, parent: string): string | null {
  const root = store.rootId(own.idTag, actionId);
  const row = root === null || root === parent ? null : store.row(own.idTag, root);
  return row && !readership.mayRead(row) ? null : root;
}

/** A file that is not the issuer's is not looked up: its issuer must not learn whether it is stored here. */
async function attachmentsOf({ store, own }: ViewDeps, issuer: string, fileIds: string[]): Promise<AttachmentView[]> {
  return Promise.all(
    fileIds.map(async (fileId) => {
      const file = store.file(own.idTag, fileId);
      if (!file || (issuer !== own.idTag && issuer !== file.owner)) return { fileId };
      const descriptor = parseDescriptor(file.descriptor);
      const localVariants: string[] = [];
      for (const { name, blobId } of descriptor.variants) {
        if (await store.blobs.has(blobId)) localVariants.push(name);
      }
      const best = chooseVariant(descriptor);
      const dim: [number, number] | null = best && best.width > 0 ? [best.width, best.height] : null;
      return { fileId, ...(dim && { dim }), localVariants };
    }),
  );
}

async function subjectAction(deps: ViewDeps, subject: string | null, shared: boolean): Promise<ActionView | null> {
  const row = subject === null ? null : deps.store.row(deps.own.idTag, subject);
  if (!row || row.status === 'D' || !deps.readership.mayRead(row)) return null;
  const original = await deps.store.action(deps.own.idTag, row.actionId);
  return original && actionView(deps, original, { depth: 0, shared });
}

/** Shows that the issuer of a conversation is its admin; other roles are not shown. */
function roleOfCreator(
  { store, own }: ViewDeps,
  { type, subject, issuer, subtype }: StoredAction,
): { x?: { role: string } } {
  if (type !== 'SUBS' || subtype !== null || subject === null) return {};
  const conversation = store.row(own.idTag, subject);
  return conversation?.issuer === issuer && issuer === own.idTag ? { x: { role: 'admin' } } : {};
}

function time(ms: number): string {
  return wireTime(new Date(ms));
}

/** Whether the flags were added by default. Such flags are not shown, as in the network. */
function isDefault({ own }: ViewDeps, { type, issuer, claims }: StoredAction): boolean {
  return type === 'CONV' && issuer === own.idTag && claims.f === CONVERSATION_FLAGS;
}
