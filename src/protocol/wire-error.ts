/** The error codes of the network with the HTTP status that each comes with (specification: Envelope and errors). */
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
