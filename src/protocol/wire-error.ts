/** The error codes of the network with the HTTP status that each comes with (PROTOCOL.md, "Envelope and errors"). */
export const WIRE_ERRORS = {
  'E-CORE-NOTFOUND': 404,
  'E-CORE-CONFLICT': 409,
  'E-CORE-GONE': 410,
  'E-CORE-INTERNAL': 500,
  'E-VAL-INVALID': 400,
  'E-AUTH-UNAUTH': 401,
  'E-AUTH-NOPERM': 403,
  'E-RATE-BANNED': 403,
  'E-RATE-LIMITED': 429,
  'E-NET-TIMEOUT': 408,
  'E-POW-REQUIRED': 428,
  'E-SYS-UNAVAIL': 503,
} as const satisfies Record<string, number>;

/** A code that we answer with. */
export type WireErrorCode = keyof typeof WIRE_ERRORS;

/** Statuses other than a code's own that it also stands for. */
export const OTHER_STATUSES = { 'E-VAL-INVALID': [405, 413, 415, 421] } as const;

/** Codes seen from the network's server only; ours answers 400 and 503 instead. */
export const FOREIGN_WIRE_ERRORS = { 'E-CORE-PARSE': 500, 'E-NET-ERROR': 500 } as const;

/** Is `value` a code of ours? */
export function isWireErrorCode(value: unknown): value is WireErrorCode {
  return typeof value === 'string' && Object.hasOwn(WIRE_ERRORS, value);
}
