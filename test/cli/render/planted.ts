import type { TSchema } from '@sinclair/typebox';

/** What a peer may put into a text: it sets the terminal's title, makes text invisible, moves, reads backwards, hides, and begins a line. */
export const PLANT = 'plant\u001b]0;t\u0007\u001b[8m\u009b2J\u202ex\u2066\u200b\u{e0041}\nFORGED';
/** What of it may never reach a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const RAW = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200b\u{e0041}]|^FORGED/mu;

/**
 * Values of a schema with {@link PLANT} in each text that isn't one of a list. Of a union each takes another member, so that together they
 * show what the schema allows.
 */
export function plantedValues(schema: TSchema, count = 8): unknown[] {
  return Array.from({ length: count }, (_, turn) => planted(schema, turn));
}

function planted(schema: TSchema, turn: number): unknown {
  if (schema['const'] !== undefined) return schema['const'];
  if (schema['anyOf']) {
    const members = schema['anyOf'] as TSchema[];
    const choice = members.filter(({ type }) => type !== 'null');
    return turn % 4 === 3 && choice.length < members.length
      ? null
      : planted(choice[turn % choice.length] as TSchema, turn);
  }
  switch (schema['type']) {
    case 'object':
      return plantedObject(schema, turn);
    case 'array':
      return (schema['maxItems'] === 2 ? [0, 1] : [0]).map((at) => planted(itemOf(schema, at), turn + at));
    case 'string':
      return schema['format'] === 'date-time' ? '2026-01-31T12:00:00Z' : PLANT;
    case 'integer':
    case 'number':
      return 2 + turn;
    case 'boolean':
      return turn % 2 === 0;
    default:
      return turn % 2 === 0 ? PLANT : { [PLANT]: [PLANT] };
  }
}

function plantedObject(schema: TSchema, turn: number): unknown {
  const properties = (schema['properties'] ?? {}) as Record<string, TSchema>;
  const fields = Object.entries(properties).map(([name, field]) => [name, planted(field, turn)]);
  // A record of anything: claims, headers.
  const open = schema['patternProperties']
    ? [
        [PLANT, PLANT],
        ['aud', PLANT],
        ['t', PLANT],
        ['iss', PLANT],
      ]
    : [];
  return Object.fromEntries([...fields, ...open]);
}

function itemOf({ items }: TSchema, at: number): TSchema {
  return (Array.isArray(items) ? items[at] : items) as TSchema;
}
