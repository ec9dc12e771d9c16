/** Which profile pictures of peers are wanted. */
import type { Clock } from '../../protocol/clock.ts';
import { isContentId } from '../../protocol/content-id.ts';
import type { Store } from '../../store/model/store-interface.ts';
import type { WantedFile } from './wanted-file.ts';

type PictureStore = Pick<Store, 'file' | 'peer' | 'relation' | 'treatment'>;

/** A peer may change its picture so often; a further one waits. Milliseconds. */
const CHANGE_EVERY = 3_600_000;

/** The profile picture of a peer. @returns null when it is stored, or the peer is a stranger, or blocked */
function wantedPicture(store: PictureStore, tenant: string, peer: string): WantedFile | null {
  const fileId = store.peer(tenant, peer)?.profilePic ?? null;
  if (fileId === null || !isContentId(fileId, 'f1') || store.file(tenant, fileId)) return null;
  const { following, follower, connected } = store.relation(tenant, peer);
  if (!(following || follower || connected) || store.treatment(tenant, peer).blocked) return null;
  return { tenant, fileId, sources: [{ from: peer, owner: peer }], picture: true };
}

/** The pictures that were announced to the worker. No action names them, so the worker remembers their owners. */
export class WantedPictures {
  readonly #store: PictureStore;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** By tenant and file. */
  readonly #owners = new Map<string, string>();
  /** By tenant and peer: the last picture that was wanted, and since when. */
  readonly #last = new Map<string, { fileId: string; at: number }>();

  constructor(store: PictureStore, clock: Pick<Clock, 'monotonic'>) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Looks at the picture of a peer. @returns the file to fetch; null: none, or a later look is soon enough */
  look(tenant: string, peer: string): string | null {
    const wanted = wantedPicture(this.#store, tenant, peer);
    if (!wanted) return null;
    const { fileId } = wanted;
    const last = this.#last.get(`${tenant} ${peer}`);
    const now = this.#clock.monotonic();
    if (last && last.fileId !== fileId && now - last.at < CHANGE_EVERY) return null;
    if (last?.fileId !== fileId) this.#last.set(`${tenant} ${peer}`, { fileId, at: now });
    this.#owners.set(`${tenant} ${fileId}`, peer);
    return fileId;
  }

  /** The picture that this file is; null when it is none, or isn't wanted any more. */
  wanted(tenant: string, fileId: string): WantedFile | null {
    const peer = this.#owners.get(`${tenant} ${fileId}`);
    const wanted = peer === undefined ? null : wantedPicture(this.#store, tenant, peer);
    if (wanted?.fileId === fileId) return wanted;
    this.#owners.delete(`${tenant} ${fileId}`);
    return null;
  }
}
