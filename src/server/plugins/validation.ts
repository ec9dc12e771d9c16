import type { ValidateFunction } from 'ajv';
import type { FastifyInstance } from 'fastify';

type Errors = NonNullable<ValidateFunction['errors']>;

/** By schema: what it compiles to is the same for every app. */
const compiled = new WeakMap<object, ValidateFunction>();

/**
 * Checks requests by the routes' schemas as they stand: nothing is converted, left out or filled in. A schema is compiled when
 * the first request needs it: all of them together take as long as the rest of the server's start.
 */
export async function validateRequests(app: FastifyInstance): Promise<void> {
  const { Ajv } = await import('ajv');
  const ajv = new Ajv({ strict: true, addUsedSchema: false });
  app.setValidatorCompiler<object>(({ schema }) => {
    const check = (data: unknown): boolean => {
      const validate = compiled.get(schema) ?? ajv.compile(schema);
      compiled.set(schema, validate);
      const valid = validate(data);
      check.errors = validate.errors ?? null;
      return valid;
    };
    // Where Fastify looks for them, as ajv does it.
    check.errors = null as Errors | null;
    return check;
  });
}
