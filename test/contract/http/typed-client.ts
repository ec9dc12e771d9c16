import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Instance } from '../../support/instance.ts';

/**
 * What the network's TypeScript client demands of each answer, written down from what it is known to check: a field that it names
 * has to have its type, one that may be missing is missing rather than null, and what it doesn't know it passes over.
 */
const optional = Type.Optional;
const text = Type.String();
const number = Type.Number();
const maybe = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const letters = (all: string) => Type.String({ pattern: `^[${all}]$` });
const dim = Type.Tuple([number, number]);

const login = Type.Object({
  tnId: number,
  idTag: text,
  roles: optional(Type.Array(text)),
  token: text,
  name: text,
  profilePic: text,
  settings: Type.Array(Type.Tuple([text, text])),
});

const apiKey = {
  keyId: number,
  keyPrefix: text,
  name: optional(text),
  scopes: optional(text),
  expiresAt: optional(number),
  lastUsedAt: optional(number),
  createdAt: number,
};

const party = Type.Object({ idTag: text, name: optional(text), profilePic: optional(text), type: optional(text) });
const actionView = Type.Object({
  actionId: text,
  type: text,
  subType: optional(text),
  parentId: optional(text),
  rootId: optional(text),
  issuer: party,
  audience: optional(party),
  content: optional(Type.Unknown()),
  attachments: optional(
    Type.Array(Type.Object({ fileId: text, dim: optional(maybe(dim)), localVariants: optional(Type.Array(text)) })),
  ),
  subject: optional(text),
  createdAt: Type.Union([text, number]),
  expiresAt: optional(Type.Union([text, number])),
  status: optional(letters('PADCNRS')),
  stat: optional(
    Type.Object({
      ownReaction: optional(text),
      reactions: optional(text),
      commentCount: optional(number),
      lastCommentAt: optional(text),
      reposts: optional(number),
      ownRepostIds: optional(Type.Record(Type.String(), text)),
    }),
  ),
  visibility: optional(text),
  x: optional(Type.Unknown()),
});

const file = Type.Object({
  fileId: text,
  status: letters('PA'),
  preset: optional(text),
  contentType: text,
  fileName: text,
  fileTp: optional(text),
  createdAt: Type.Union([text, number]),
  tags: optional(Type.Array(text)),
  x: optional(Type.Object({ dim: optional(dim) })),
  owner: optional(party),
  creator: optional(party),
  visibility: optional(maybe(letters('DPV2FC'))),
  parentId: optional(maybe(text)),
  rootId: optional(maybe(text)),
});

const profile = Type.Object({
  idTag: text,
  name: optional(text),
  type: optional(Type.Union([Type.Literal('person'), Type.Literal('community')])),
  profilePic: optional(text),
  status: optional(letters('ATBMS')),
  connected: optional(Type.Union([Type.Boolean(), Type.Literal('R')])),
  following: optional(Type.Boolean()),
  follower: optional(Type.Boolean()),
  roles: optional(Type.Array(text)),
});

export const SHAPES = {
  nothing: Type.Null(),
  empty: Type.Object({}),
  login,
  loginToken: maybe(login),
  accessToken: Type.Object({ token: text }),
  proxyToken: Type.Object({ token: text, roles: optional(Type.Array(text)) }),
  apiKey: Type.Object(apiKey),
  apiKeys: Type.Array(Type.Object(apiKey)),
  newApiKey: Type.Object({ ...apiKey, plaintextKey: text }),
  me: Type.Object({
    idTag: text,
    name: optional(text),
    type: optional(text),
    profilePic: optional(text),
    keys: Type.Array(Type.Object({ keyId: text, publicKey: text })),
  }),
  action: actionView,
  actions: Type.Array(actionView),
  upload: Type.Object({ fileId: text, thumbnailVariantId: optional(text), dim: optional(dim) }),
  file,
  files: Type.Array(file),
  profile,
  profiles: Type.Array(profile),
  ownProfile: Type.Object({ profile }),
};

const page = Type.Object({ nextCursor: maybe(text), hasMore: Type.Boolean(), count: optional(number) });

/** A refusal, as the client throws it. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
  }
}

export interface CallOptions {
  /** Lists go as `a=b,c`; what is undefined doesn't go. */
  query?: Record<string, string | number | boolean | string[] | undefined>;
  body?: unknown;
}

/** An answer that has its shape. */
export interface Decoded<T> {
  status: number;
  data: T;
  cursorPagination?: Static<typeof page>;
}

/** Calls an instance the way the network's client does: JSON is announced with every request, also when none is sent. */
export function typedClient({ app }: Pick<Instance, 'app'>, idTag: string) {
  let bearer: string | undefined;

  async function raw(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, { query = {}, body }: CallOptions) {
    const entries = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const search = entries.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&');
    return app.inject({
      method,
      url: `/api${path}${search && `?${search}`}`,
      headers: {
        host: `cl-o.${idTag}`,
        'content-type': 'application/json',
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
  }

  return {
    signIn(token: string | undefined): void {
      bearer = token;
    },
    /** @throws Refused; Error when the answer hasn't the shape that the client demands */
    async call<S extends keyof typeof SHAPES>(
      shape: S,
      method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
      path: string,
      options: CallOptions = {},
    ): Promise<Decoded<Static<(typeof SHAPES)[S]>>> {
      const answer = await raw(method, path, options);
      if (answer.statusCode === 204) return { status: 204, data: null as never };
      const json = answer.json();
      if (answer.statusCode >= 400) {
        if (typeof json.error?.code !== 'string' || typeof json.error?.message !== 'string') {
          throw new Error(`${answer.statusCode} without an error: ${answer.body}`);
        }
        throw new Refused(answer.statusCode, json.error.code);
      }
      assertShape(`${method} ${path}`, SHAPES[shape], json.data);
      const { cursorPagination } = json;
      if (cursorPagination !== undefined) assertShape(`${method} ${path} cursorPagination`, page, cursorPagination);
      return { status: answer.statusCode, data: json.data, ...(cursorPagination && { cursorPagination }) };
    },
  };
}

function assertShape(what: string, schema: TSchema, value: unknown): void {
  const problems = [...Value.Errors(schema, value)].map(({ path, message }) => `${path} ${message}`);
  if (problems.length > 0) throw new Error(`${what}: ${problems.join('; ')}\n${JSON.stringify(value)}`);
}
