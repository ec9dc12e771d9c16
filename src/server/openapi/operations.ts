import { type TSchema, Type } from '@sinclair/typebox';
import { exchangeAnswerSchema } from '../schemas/access-token.ts';
import { actionAnswerSchema, actionListSchema, outboxAnswerSchema } from '../schemas/actions.ts';
import { apiKeyAnswerSchema, apiKeyListSchema, newApiKeyAnswerSchema } from '../schemas/api-keys.ts';
import {
  loginAnswerSchema,
  loginTokenAnswerSchema,
  nothingAnswerSchema,
  passwordAnswerSchema,
  proxyTokenAnswerSchema,
} from '../schemas/auth.ts';
import {
  descriptorAnswerSchema,
  fileListAnswerSchema,
  metadataAnswerSchema,
  uploadAnswerSchema,
} from '../schemas/files.ts';
import { inboxAnswerSchema } from '../schemas/inbox.ts';
import {
  knownProfileAnswerSchema,
  profileEnvelopeSchema,
  profileListSchema,
  profilePatchAnswerSchema,
  standingPatchAnswerSchema,
} from '../schemas/profile.ts';

/** What a status comes with: JSON of this shape, a file's bytes, or nothing. */
export type Answer = TSchema | 'bytes' | 'nothing';

/** What a route's own schemas don't say. */
export interface Operation {
  summary: string;
  /** Who may call: anybody; anybody, but signed in they see more; those signed in; the identity itself. */
  caller: 'anybody' | 'optional' | 'signed-in' | 'owner';
  answers: Readonly<Record<number, Answer>>;
  /** The body is a file. */
  takes?: 'bytes';
  /** The singular path of the same resource (specification: Either path). */
  alias?: true;
}

const status = (value: string) => Type.Object({ status: Type.Literal(value) }, { additionalProperties: false });
const idTag = Type.Object({ idTag: Type.String() }, { additionalProperties: false });

const anyFile = { 200: 'bytes', 206: 'bytes', 304: 'nothing' } as const;
const readAction = { caller: 'optional', answers: { 200: actionAnswerSchema } } as const;
const readFile = {
  summary: 'The bytes of a file, or a part of them (Range)',
  caller: 'optional',
  answers: anyFile,
} as const;
const readBlob = { summary: 'The bytes of one variant', caller: 'optional', answers: anyFile } as const;
const descriptor = {
  summary: 'The descriptor: what the file ID is the hash of',
  caller: 'optional',
  answers: { 200: descriptorAnswerSchema },
} as const;
const metadata = {
  summary: 'Name, type and owner of a file',
  caller: 'optional',
  answers: { 200: metadataAnswerSchema },
} as const;
const done = { caller: 'owner', answers: { 200: nothingAnswerSchema } } as const;

/** Every route of the server, by method and path. A test fails for one that is missing here, and for one too many. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET /healthz': { summary: 'The process answers', caller: 'anybody', answers: { 200: status('ok') } },
  'GET /readyz': {
    summary: 'It takes requests, and its disk takes writes',
    caller: 'anybody',
    answers: { 200: status('ready') },
  },
  'GET /.well-known/cloudillo/id-tag': {
    summary: 'Which identity lives at this app domain',
    caller: 'anybody',
    answers: { 200: idTag },
  },
  'GET /api/openapi.json': {
    summary: 'This document',
    caller: 'anybody',
    answers: { 200: Type.Object({ openapi: Type.String() }) },
  },
  'GET /ws/bus': {
    summary: 'WebSocket: new actions as they arrive (docs/live.md)',
    caller: 'signed-in',
    answers: { 101: 'nothing' },
  },

  'GET /api/me': {
    summary: 'The profile, with the keys that verify what the identity signs',
    caller: 'anybody',
    answers: { 200: profileEnvelopeSchema, 304: 'nothing' },
  },
  'PATCH /api/me': { summary: 'Change the profile', caller: 'owner', answers: { 200: profilePatchAnswerSchema } },
  'GET /api/profiles': {
    summary: 'Everybody that is known here',
    caller: 'owner',
    answers: { 200: profileListSchema },
  },
  'GET /api/profiles/:idTag': { summary: 'One of them', caller: 'owner', answers: { 200: knownProfileAnswerSchema } },
  'PATCH /api/profiles/:idTag': {
    summary: 'Block, mute, or neither',
    caller: 'owner',
    answers: { 200: standingPatchAnswerSchema },
  },

  'POST /api/inbox': {
    summary: 'Deliver a signed action; answered once it is verified and stored',
    caller: 'anybody',
    answers: { 202: inboxAnswerSchema },
  },
  'POST /api/inbox/sync': { summary: 'The same', caller: 'anybody', answers: { 201: inboxAnswerSchema } },
  'GET /api/outbox': {
    summary: 'Signed actions since a time, oldest first, of those that the caller may read',
    caller: 'signed-in',
    answers: { 200: outboxAnswerSchema },
  },
  'GET /api/actions': {
    summary: 'Actions, newest first, of those that the caller may read; or their number',
    caller: 'optional',
    answers: { 200: actionListSchema },
  },
  'POST /api/actions': {
    summary: 'Sign, store and send an action',
    caller: 'owner',
    answers: { 201: actionAnswerSchema },
  },
  'GET /api/actions/:actionId': { summary: 'One action, with its token', ...readAction },
  'GET /api/action/:actionId': { summary: 'One action, with its token', ...readAction, alias: true },
  'DELETE /api/actions/:actionId': { summary: 'Delete what one said', caller: 'owner', answers: { 204: 'nothing' } },
  'POST /api/actions/:actionId/accept': { summary: 'Accept what awaits it', ...done },
  'POST /api/actions/:actionId/reject': { summary: 'Reject what awaits acceptance', ...done },
  'POST /api/actions/:actionId/dismiss': { summary: 'A notification was seen', ...done },

  'GET /api/files': { summary: 'The files here', caller: 'owner', answers: { 200: fileListAnswerSchema } },
  'POST /api/files/:preset/:fileName': {
    summary: 'Upload a file',
    takes: 'bytes',
    caller: 'owner',
    answers: { 201: uploadAnswerSchema },
  },
  'GET /api/files/:fileId': readFile,
  'GET /api/file/:fileId': { ...readFile, alias: true },
  'GET /api/files/:fileId/descriptor': descriptor,
  'GET /api/file/:fileId/descriptor': { ...descriptor, alias: true },
  'GET /api/files/:fileId/metadata': metadata,
  'GET /api/file/:fileId/metadata': { ...metadata, alias: true },
  'GET /api/files/variant/:blobId': readBlob,
  'GET /api/file/variant/:blobId': { ...readBlob, alias: true },

  'GET /api/auth/access-token': {
    summary: 'An access token for a PROXY token, an API key, or a session',
    caller: 'optional',
    answers: { 200: exchangeAnswerSchema },
  },
  'GET /api/auth/proxy-token': {
    summary: 'An access token here, or at another instance',
    caller: 'owner',
    answers: { 200: proxyTokenAnswerSchema },
  },
  'POST /api/auth/login': {
    summary: 'Sign in with the password',
    caller: 'anybody',
    answers: { 200: loginAnswerSchema },
  },
  'GET /api/auth/login-token': {
    summary: 'Who is signed in, with a fresh token; null: nobody',
    caller: 'optional',
    answers: { 200: loginTokenAnswerSchema },
  },
  'POST /api/auth/logout': { summary: 'Sign out', ...done },
  'POST /api/auth/password': {
    summary: 'Change the password',
    caller: 'owner',
    answers: { 200: passwordAnswerSchema },
  },
  'GET /api/auth/api-keys': {
    summary: 'The API keys, without their secrets',
    caller: 'owner',
    answers: { 200: apiKeyListSchema },
  },
  'POST /api/auth/api-keys': {
    summary: 'Make an API key; its text is told this once',
    caller: 'owner',
    answers: { 201: newApiKeyAnswerSchema },
  },
  'GET /api/auth/api-keys/:keyId': { summary: 'One API key', caller: 'owner', answers: { 200: apiKeyAnswerSchema } },
  'PATCH /api/auth/api-keys/:keyId': {
    summary: 'Change an API key',
    caller: 'owner',
    answers: { 200: apiKeyAnswerSchema },
  },
  'DELETE /api/auth/api-keys/:keyId': { summary: 'Revoke an API key', ...done },
};
