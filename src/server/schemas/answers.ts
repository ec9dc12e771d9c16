/**
 * What a route says of itself beside its handler: `schema.summary`, `schema.security` and `schema.response`. The API's document is made
 * from them. They change nothing that is sent: every answer is serialized before Fastify sees it.
 */
import { Type } from '@sinclair/typebox';

/** OpenAPI's security requirements: any one of them is enough. */
export type Security = readonly { readonly bearer?: readonly string[] }[];

/** No token is needed. */
export const ANYBODY: Security = [];
/** No token is needed, and whoever is signed in sees more. */
export const OPTIONAL: Security = [{}, { bearer: [] }];
/** A token of whoever is signed in; which of them the route allows is its own business. */
export const SIGNED_IN: Security = [{ bearer: [] }];

/** A file's bytes, as an answer. */
export const BYTES = { content: { '*/*': { schema: Type.Unsafe<Buffer>({ type: 'string', format: 'binary' }) } } };
/** An answer without a body. */
export const NOTHING = Type.Unsafe<undefined>({ type: 'null' });
/** The bytes of a file: all of them, a part, or none because the reader has them. */
export const FILE_ANSWERS = { 200: BYTES, 206: BYTES, 304: NOTHING };
/** `schema.description` of the singular path of the same resource (specification: Either path). */
export const SAME_AS_PLURAL = 'The same as the plural path.';

declare module 'fastify' {
  interface FastifySchema {
    /** One line: what the route is for. */
    summary?: string;
    description?: string;
    security?: Security;
    /** Media types of a body that is no JSON. */
    consumes?: readonly string[];
  }
}
