/** All calls to another instance. */
import type { Requester } from '../http/request.ts';
import { createFetchAction, type FetchAction } from './action-api.ts';
import { createFileApi, type FileApi } from './file-api.ts';
import { createPostInbox, type PostInbox } from './inbox-api.ts';
import { createFetchOutbox, type FetchOutbox } from './outbox-api.ts';
import { createFetchProfile, type FetchProfile } from './profile-api.ts';
import { createGetAccessToken, type GetAccessToken } from './token-api.ts';

/** The calls to another instance, by idTag. The hash of everything that has an ID is checked; nothing else is verified. */
export interface PeerApi extends FileApi {
  fetchProfile: FetchProfile;
  fetchAction: FetchAction;
  fetchOutbox: FetchOutbox;
  postInbox: PostInbox;
  getAccessToken: GetAccessToken;
}

/** Makes the calls to a peer on top of `get` and `post` (specification: Request module). */
export function createPeerApi(requester: Requester): PeerApi {
  return {
    fetchProfile: createFetchProfile(requester),
    fetchAction: createFetchAction(requester),
    fetchOutbox: createFetchOutbox(requester),
    postInbox: createPostInbox(requester),
    getAccessToken: createGetAccessToken(requester),
    ...createFileApi(requester),
  };
}
