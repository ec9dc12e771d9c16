import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../../src/server/openapi/document.ts';
import { registeredRoutes } from '../../../src/server/openapi/registered-routes.ts';
import { startInstance } from '../../support/instance.ts';
import { PROJECT_ROOT } from '../../support/run-cli.ts';

const read = (path: string) => JSON.parse(readFileSync(join(PROJECT_ROOT, path), 'utf8'));
// biome-ignore lint/suspicious/noExplicitAny: a document of any shape is what is checked here
const document: any = read('schemas/openapi.json');
const METHODS = ['get', 'post', 'patch', 'delete', 'put'];

/** Of OpenAPI 3.1 as much as a reader relies on; unknown fields are slips. */
const media = {
  type: 'object',
  required: ['schema'],
  properties: { schema: { type: 'object' } },
  additionalProperties: false,
};
const content = { type: 'object', minProperties: 1, additionalProperties: media };
const META = {
  type: 'object',
  required: ['openapi', 'info', 'paths', 'components'],
  additionalProperties: false,
  properties: {
    openapi: { const: '3.1.0' },
    info: { type: 'object', required: ['title', 'version'] },
    servers: { type: 'array', items: { type: 'object', required: ['url'] } },
    paths: {
      type: 'object',
      propertyNames: { pattern: '^/' },
      additionalProperties: {
        type: 'object',
        minProperties: 1,
        propertyNames: { enum: METHODS },
        additionalProperties: {
          type: 'object',
          required: ['operationId', 'summary', 'tags', 'security', 'responses'],
          additionalProperties: false,
          properties: {
            operationId: { type: 'string', pattern: '^[a-z][A-Za-z0-9]+$' },
            summary: { type: 'string', minLength: 3 },
            description: { type: 'string' },
            tags: { type: 'array', minItems: 1, items: { type: 'string' } },
            security: { type: 'array', items: { type: 'object', propertyNames: { const: 'bearer' } } },
            parameters: {
              type: 'array',
              items: {
                type: 'object',
                required: ['name', 'in', 'schema'],
                // A refusal ends with it, in place of the pattern.
                if: { properties: { schema: { required: ['pattern'] } } },
                // biome-ignore lint/suspicious/noThenProperty: of JSON Schema
                then: { required: ['description'] },
                additionalProperties: false,
                properties: {
                  name: { type: 'string' },
                  in: { enum: ['path', 'query'] },
                  required: { const: true },
                  description: { type: 'string' },
                  schema: { type: 'object' },
                },
                anyOf: [{ properties: { in: { const: 'query' } } }, { required: ['required'] }],
              },
            },
            requestBody: {
              type: 'object',
              required: ['content'],
              additionalProperties: false,
              properties: { required: { type: 'boolean' }, content },
            },
            responses: {
              type: 'object',
              required: ['default'],
              minProperties: 2,
              patternProperties: {
                '^[1-5]\\d\\d$': {
                  type: 'object',
                  required: ['description'],
                  additionalProperties: false,
                  properties: { description: { type: 'string' }, content },
                },
              },
            },
          },
        },
      },
    },
    components: { type: 'object', required: ['schemas', 'responses', 'securitySchemes'] },
  },
};

function validator(schema: object) {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { binary: true } });
  ajv.addSchema(document, 'api');
  return ajv.compile(schema);
}

interface Slot {
  path: string;
  method: string;
  status: string;
  schema: object;
}

/** Every JSON answer of the document, with a pointer that resolves its references. */
function answers(): Slot[] {
  const slots: Slot[] = [];
  for (const [path, operations] of Object.entries<Record<string, { responses: Record<string, { content?: object }> }>>(
    document.paths,
  )) {
    for (const [method, { responses }] of Object.entries(operations)) {
      for (const [status, response] of Object.entries(responses)) {
        if (!response.content || !('application/json' in response.content)) continue;
        const pointer = ['paths', path, method, 'responses', status, 'content', 'application/json', 'schema'];
        const escaped = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
        slots.push({ path, method, status, schema: { $ref: `api#/${escaped.join('/')}` } });
      }
    }
  }
  return slots;
}

it('describes every route that the server registers, and nothing else', async () => {
  const routes = await registeredRoutes();
  const registered = routes.flatMap(({ method, url }) =>
    [method]
      .flat()
      .filter((each) => each !== 'HEAD')
      .map((each) => `${each} ${url.replaceAll(/:(\w+)/g, '{$1}')}`),
  );
  const described = Object.entries<object>(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(registered.sort());
});

it('is what the sources say: npm run generate', async () => {
  const routes = await registeredRoutes();
  const { version } = read('package.json');
  expect(JSON.parse(JSON.stringify(openApiDocument(routes, version)))).toEqual(document);
  for (const schema of [undefined, { summary: 'x', security: [] }, { security: [], response: {} }]) {
    const silent = { method: 'GET', url: '/api/secret', ...(schema && { schema }) };
    expect(() => openApiDocument([...routes, silent], version)).toThrow('GET /api/secret');
  }
});

it('is OpenAPI 3.1', () => {
  const validate = validator(META);
  validate(document);
  expect(validate.errors ?? []).toEqual([]);
  const operations = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap((each) =>
    Object.values(each),
  );
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const [path, each] of Object.entries<Record<string, { parameters?: { name: string; in: string }[] }>>(
    document.paths,
  )) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const { parameters = [] } of Object.values(each)) {
      expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(names);
    }
  }
});

it('has schemas that a validator takes, in the strict sense', () => {
  for (const { schema } of answers()) expect(() => validator(schema)).not.toThrow();
  expect(JSON.stringify(document)).not.toMatch(/"nullable"|"additionalItems"|"items":\[/);
});

/** Recorded answers with a temporary ID, or the status that goes with one: ours answers the real ID at once (specification: Temporary IDs). */
const TEMPORARY = [
  'follow.create',
  'post.create.public',
  'post.create.followers',
  'post.create.connected',
  'post.create.direct',
  'file.upload.raw',
  'file.upload.png',
  'follow.carol',
  'connect.carol',
];

describe('answers', () => {
  const slots = answers();
  const schemaOf = (method: string, url: string, status: number) =>
    slots.find((slot) => {
      const pattern = new RegExp(`^${slot.path.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`);
      return slot.method === method.toLowerCase() && slot.status === String(status) && pattern.test(url);
    })?.schema;

  it('of ours fit: this document too', async () => {
    const alice = await startInstance({ openApi: async () => JSON.stringify(document) });
    try {
      const bearer = await alice.bearer();
      const bob = alice.peer('bob.test');
      await alice.send(await bob.sign({ t: 'FLLW', aud: 'alice.test' }));
      for (const url of ['/api/openapi.json', '/healthz', '/api/me', '/api/actions', '/api/profiles', '/api/outbox']) {
        const answer = await alice.get(url, { bearer });
        const validate = validator(schemaOf('GET', url, 200) ?? { not: {} });
        validate(answer.json());
        expect([url, validate.errors ?? []]).toEqual([url, []]);
      }
      expect((await alice.get('/api/openapi.json')).json()).toEqual(document);
    } finally {
      await alice.close();
    }
  });

  it('recorded from the network fit, where ours are the same', () => {
    const { exchanges } = read('test/vectors/exchanges.json') as {
      exchanges: {
        name: string;
        request: { method: string; url: string };
        response: { status: number; json?: unknown };
      }[];
    };
    let compared = 0;
    const misfits: string[] = [];
    for (const { name, request, response } of exchanges) {
      const path = new URL(request.url).pathname;
      const schema = response.json === undefined ? undefined : schemaOf(request.method, path, response.status);
      if (!schema) continue;
      compared += 1;
      const validate = validator(schema);
      if (!validate(response.json)) misfits.push(name);
    }
    expect(compared).toBeGreaterThan(30);
    expect(misfits).toEqual(TEMPORARY);
  });
});
