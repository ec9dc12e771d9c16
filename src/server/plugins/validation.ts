/** Validates requests by the schemas of their routes. */
import { Ajv, type ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler, FastifyServerOptions } from 'fastify';

type Errors = NonNullable<ValidateFunction['errors']>;
type SchemaController = NonNullable<FastifyServerOptions['schemaController']>;

/**
 * Validates requests strictly: no value is converted, removed or added. A schema is compiled at the first request that needs it,
 * because all of them together take as long as the rest of the server's start.
 */
export function validateRequests(): SchemaController {
  const ajv = new Ajv({ strict: true, addUsedSchema: false, verbose: true });
  const compile: FastifySchemaCompiler<object> = ({ schema }) => {
    let validate: ValidateFunction | undefined;
    const check = (data: unknown): boolean => {
      validate ??= ajv.compile(schema);
      const valid = validate(data);
      check.errors = validate.errors?.map(naming) ?? null;
      return valid;
    };
    // Fastify reads the errors here, where ajv puts them.
    check.errors = null as Errors | null;
    return check;
  };
  // Both are given, or Fastify loads its own at the start. Answers are text by then: their schemas are for the document only.
  // Fastify's type of a factory is that of its own ajv; the code accepts whatever `setValidatorCompiler` accepts.
  const compilersFactory = { buildValidator: () => compile, buildSerializer: () => () => JSON.stringify };
  return { compilersFactory } as unknown as SchemaController;
}

/** Completes ajv's message with what its reader can't see: the unknown property, the allowed words, the meaning of a pattern. */
function naming(error: Errors[number]): Errors[number] {
  // The value that was sent isn't kept with the error, which may be logged.
  const { data: _data, schema: _schema, parentSchema, ...told } = error;
  const { keyword, params, message = 'is wrong' } = told;
  const meaning = parentSchema?.['description'];
  const words: Record<string, string> = {
    additionalProperties: `must not have "${params['additionalProperty']}"`,
    enum: `must be ${(params['allowedValues'] as string[] | undefined)?.map((word) => `"${word}"`).join(' or ')}`,
    pattern: typeof meaning === 'string' ? `must be ${meaning}` : message,
  };
  return { ...told, message: words[keyword] ?? message };
}
