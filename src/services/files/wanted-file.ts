/** Which files are wanted, and from whom. */
import { isContentId } from '../../protocol/content-id.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { conversationOf } from '../conversations/conversation.ts';
import { isEndorsed } from '../conversations/endorsement.ts';

/** An identity that may have a file, and whose file it is if it has it: the issuer's of the action, or the peer's. */
export interface FileSource {
  from: string;
  owner: string;
}

/** A file that a received action attaches or shares, or a peer's profile picture, that is not stored. */
export interface WantedFile {
  tenant: string;
  fileId: string;
  /** Whom to ask, in this order. Never empty. */
  sources: FileSource[];
  /** It is a profile picture: the variant that is shown is enough. */
  picture?: true;
}

type WantingStore = Pick<Store, 'file' | 'attachedBy' | 'rows' | 'row' | 'relation' | 'treatment'>;

/** Types whose attachments are fetched. */
export const ATTACHING: ReadonlySet<string> = new Set(['POST', 'CMNT', 'MSG', 'CONV']);

/** Several may attach the same file, and anybody may name one that it hasn't got. So many are asked. */
const MOST_SOURCES = 4;

/** Whether a file is wanted, and from whom. @returns null when it is stored, or no action makes it wanted */
export function wantedFile(store: WantingStore, tenant: string, fileId: string): WantedFile | null {
  // Nothing can verify a temporary ID.
  if (!isContentId(fileId, 'f1') || store.file(tenant, fileId)) return null;
  const sources: FileSource[] = [];
  for (const row of store.attachedBy(tenant, fileId)) {
    const owner = row.issuer;
    if (sources.some((known) => known.owner === owner)) continue;
    sources.push(...sourcesOf(store, tenant, row).map((from) => ({ from, owner })));
    if (sources.length >= MOST_SOURCES) break;
  }
  if (sources.length > 0) return { tenant, fileId, sources };
  // A shared file is fetched when the owner accepted the share.
  for (const { issuer } of store.rows(tenant, { ...acceptedShares(tenant), subject: fileId })) {
    if (!store.treatment(tenant, issuer).blocked) return { tenant, fileId, sources: [{ from: issuer, owner: issuer }] };
  }
  return null;
}

/** The query for accepted shares of peers' files. */
export function acceptedShares(tenant: string) {
  return {
    types: ['FSHR'],
    audience: tenant,
    statuses: ['A'] as const,
    current: true,
    where: ({ subtype, issuer }: Readonly<ActionRow>) => subtype !== 'DEL' && issuer !== tenant,
  };
}

/**
 * The identities that can serve an action's attachments: first a third party on whose wall or in whose conversation it
 * is, then the issuer (specification: Attachments). Empty for a stranger's action: anybody may comment, and a stranger
 * must not fill the disk.
 */
function sourcesOf(store: Omit<WantingStore, 'file' | 'attachedBy'>, tenant: string, row: ActionRow): string[] {
  const { issuer, audience, direction, status, type } = row;
  if (direction !== 'in' || status === 'D' || issuer === tenant || !ATTACHING.has(type)) return [];
  const third = audience !== null && audience !== tenant && audience !== issuer ? [audience] : [];
  const sources = [...third, issuer];
  if (!sources.some((idTag) => isRelated(store, tenant, idTag)) && !isCarried(store, tenant, row)) return [];
  return sources.filter((idTag) => !store.treatment(tenant, idTag).blocked);
}

function isRelated(store: Pick<Store, 'relation'>, tenant: string, idTag: string): boolean {
  const { following, connected } = store.relation(tenant, idTag);
  return following || connected;
}

function isCarried(store: Pick<Store, 'row' | 'rows'>, tenant: string, row: ActionRow): boolean {
  const { actionId, issuer, audience, parent, subject, type } = row;
  if (type === 'CONV' || conversationOf(store, tenant, [parent, subject])) return true;
  const claims = {
    iss: issuer,
    t: type,
    ...(audience !== null && { aud: audience }),
    ...(parent !== null && { p: parent }),
    ...(subject !== null && { sub: subject }),
  };
  return isEndorsed(store, tenant, actionId, claims);
}
