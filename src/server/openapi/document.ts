/** Makes the OpenAPI document from the schemas of the routes. */
import { type TSchema, Type } from '@sinclair/typebox';
import type { RouteOptions } from 'fastify';
import { refusesUnknownQuery } from '../plugins/unknown-query.ts';
import { actionViewSchema } from '../schemas/actions.ts';
import { BYTES, NOTHING } from '../schemas/answers.ts';
import { errorSchema } from '../schemas/envelope.ts';
import { inline, jsonSchema } from './json-schema.ts';

/** The parts of a route that the document describes. */
export type DocumentedRoute = Pick<RouteOptions, 'method' | 'url' | 'schema' | 'config'>;

/** The schema of JSON, or the bytes of a file. */
type Answer = TSchema | typeof BYTES;

/** Schemas that occur often, by name. */
const NAMED: Readonly<Record<string, TSchema>> = { Error: errorSchema, ActionView: actionViewSchema };

/** Of the routes that only owners call. */
const REFUSES = 'Unknown query parameters are refused (400).';

const refs = new Map(Object.entries(NAMED).map(([name, schema]) => [schema as object, `#/components/schemas/${name}`]));

/**
 * The OpenAPI 3.1 document of these routes, made from the schemas beside them.
 * @throws Error when a route has no summary, no security or no response
 */
export function openApiDocument(routes: readonly DocumentedRoute[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    for (const method of [route.method].flat()) {
      if (method === 'HEAD') continue; // Fastify adds HEAD to every GET.
      const path = route.url.replaceAll(/:(\w+)/g, '{$1}');
      paths[path] = { ...paths[path], [method.toLowerCase()]: operationObject(`${method} ${route.url}`, route) };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cloudillo server',
      version,
      description:
        'The API of one identity, at https://cl-o.<idTag>; the Host header picks it. Any error has the form of Error. ' +
        'Unknown query parameters are ignored and listed in the header X-Cloudillo-Ignored, unless an operation says that it refuses them.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: 'https://cl-o.{idTag}', variables: { idTag: { default: 'alice.example.com' } } }],
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: Object.fromEntries(Object.entries(NAMED).map(([name, schema]) => [name, inline(schema, refs)])),
      responses: {
        Error: { description: 'Refused, or failed', content: { 'application/json': { schema: refTo('Error') } } },
      },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'an access token of this identity',
        },
      },
    },
  };
}

function refTo(name: string): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

function operationObject(name: string, { url, schema = {}, config = {} }: DocumentedRoute): object {
  const { summary, security, consumes } = schema;
  const refuses = refusesUnknownQuery({ schema, config }) ? REFUSES : [];
  const description = [schema.description ?? [], refuses].flat().join(' ');
  const answers = schema.response as Record<string, Answer> | undefined;
  if (!summary || !security || !answers) throw new Error(`${name} has no summary, security or response in its schema`);
  const parameters = [...pathParameters(url, schema.params), ...queryParameters(schema.querystring)];
  return {
    operationId: operationId(name),
    summary,
    tags: [tagOf(url)],
    security,
    ...(description !== '' && { description }),
    ...(parameters.length > 0 && { parameters }),
    ...(consumes && { requestBody: { required: true, content: BYTES.content } }),
    ...(schema.body !== undefined && { requestBody: requestBody(schema.body as TSchema) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, response(Number(status), answer)]),
      ),
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

function pathParameters(url: string, schema: unknown): object[] {
  const known = (schema as { properties?: Record<string, TSchema> } | undefined)?.properties ?? {};
  return [...url.matchAll(/:(\w+)/g)].map(([, name = '']) =>
    parameter(name, 'path', true, known[name] ?? Type.String()),
  );
}

function queryParameters(schema: unknown): object[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, TSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => parameter(name, 'query', required.includes(name), schema));
}

function parameter(name: string, place: 'path' | 'query', isRequired: boolean, schema: TSchema): object {
  const { description, ...rest } = schema;
  return {
    name,
    in: place,
    ...(isRequired && { required: true }),
    ...(description !== undefined && { description }),
    schema: jsonSchema(rest, refs),
  };
}

function requestBody(schema: TSchema): object {
  return { required: true, content: { 'application/json': { schema: jsonSchema(schema, refs) } } };
}

const MEANING: Readonly<Record<number, string>> = {
  101: 'It is a WebSocket from here on',
  200: 'Done',
  201: 'Made',
  202: 'Verified, allowed and stored',
  204: 'Done',
  206: 'A part',
  304: 'Unchanged',
};

function response(status: number, answer: Answer): object {
  const description = MEANING[status] ?? 'Done';
  if (answer === NOTHING) return { description };
  if (answer === BYTES) return { description, content: BYTES.content };
  return { description, content: { 'application/json': { schema: jsonSchema(answer, refs) } } };
}

/** `GET /api/files/:fileId/metadata` → `getApiFilesFileIdMetadata`. */
function operationId(name: string): string {
  const [first = '', ...words] = name.split(/[^A-Za-z0-9]+/).filter(Boolean);
  return first.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function tagOf(url: string): string {
  const [area = '', topic = ''] = url.split('/').filter(Boolean);
  if (area !== 'api') return area === 'ws' ? 'live' : 'server';
  const tags: Record<string, string> = {
    me: 'profiles',
    action: 'actions',
    file: 'files',
    outbox: 'actions',
    inbox: 'actions',
  };
  return topic === 'openapi.json' ? 'server' : (tags[topic] ?? topic);
}
