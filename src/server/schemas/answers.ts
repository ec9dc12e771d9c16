/**
 * The parts of a route's schema that only the API's document uses: `schema.summary`, `schema.security` and `schema.response`.
 * They change nothing that is sent: every answer is serialised before Fastify sees it.
 */
import { Type } from '@sinclair/typebox';

/** OpenAPI's security requirements. Any one of them is enough. */
export type Security = readonly { readonly bearer?: readonly string[] }[];

/** No token is needed. */
export const ANYBODY: Security = [];
/** No token is needed. A caller with a token may see more. */
export const OPTIONAL: Security = [{}, { bearer: [] }];
/** A token is needed. The route decides whose. */
export const SIGNED_IN: Security = [{ bearer: [] }];

/** The bytes of a file, as an answer. */
export const BYTES = { content: { '*/*': { schema: Type.Unsafe<Buffer>({ type: 'string', format: 'binary' }) } } };
/** An answer without a body. */
export const NOTHING = Type.Unsafe<undefined>({ type: 'null' });
/** The bytes of a file: all of them, a part of them, or none because the reader has them. */
export const FILE_ANSWERS = { 200: BYTES, 206: BYTES, 304: NOTHING };
/** The `schema.description` of the singular path of a resource (specification: Either path). */
export const SAME_AS_PLURAL = 'The same as the plural path.';

declare module 'fastify' {
  interface FastifySchema {
    /** The purpose of the route, in one line. */
    summary?: string;
    description?: string;
    security?: Security;
    /** The media types of a body that is not JSON. */
    consumes?: readonly string[];
  }
}
