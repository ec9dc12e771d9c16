/** Converts TypeBox schemas to the dialect of OpenAPI 3.1. */

/** Keywords whose values are data or names, not schemas. */
const LITERAL = new Set(['const', 'enum', 'default', 'examples', 'required', 'pattern', 'description', 'title']);

/**
 * Converts a TypeBox schema to JSON Schema 2020-12, the dialect of OpenAPI 3.1. Tuples and ajv's `nullable` differ there.
 * @param refs schemas that the document names, with their references
 */
export function jsonSchema(schema: object, refs: ReadonlyMap<object, string>): unknown {
  const ref = refs.get(schema);
  return ref === undefined ? inline(schema, refs) : { $ref: ref };
}

/** The same, written out also where the schema has a name. */
export function inline(schema: object, refs: ReadonlyMap<object, string>): unknown {
  if (Array.isArray(schema)) return schema.map((item) => (isObject(item) ? jsonSchema(item, refs) : item));
  const { nullable, items, additionalItems: _, ...rest } = schema as Record<string, unknown>;
  const converted = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key,
      isObject(value) && !LITERAL.has(key) ? jsonSchema(value, refs) : value,
    ]),
  );
  return {
    ...converted,
    ...(nullable === true && { type: [converted['type'], 'null'] }),
    ...(Array.isArray(items) && { prefixItems: inline(items, refs), items: false }),
    ...(isObject(items) && !Array.isArray(items) && { items: jsonSchema(items, refs) }),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
