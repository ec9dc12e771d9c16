import { Ajv, type ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler, FastifyServerOptions } from 'fastify';

type Errors = NonNullable<ValidateFunction['errors']>;
type SchemaController = NonNullable<FastifyServerOptions['schemaController']>;

/**
 * Checks requests by the routes' schemas as they stand: nothing is converted, left out or filled in. A schema is compiled when
 * the first request needs it: all of them together take as long as the rest of the server's start.
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
    // Where Fastify looks for them, as ajv does it.
    check.errors = null as Errors | null;
    return check;
  };
  // Both, or Fastify loads its own when it starts. Answers are text by then: their schemas are for the document. Fastify’s type of
  // a factory is that of its own ajv; its code takes whatever `setValidatorCompiler` takes.
  const compilersFactory = { buildValidator: () => compile, buildSerializer: () => () => JSON.stringify };
  return { compilersFactory } as unknown as SchemaController;
}

/** Says what whoever reads the answer can't see, for whom ajv's words aren't: which one is too many, what words there are, what is meant. */
function naming(error: Errors[number]): Errors[number] {
  // What was sent isn't kept with the error, which may be logged.
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
