/** The claims of a JWT, read without verifying. `null` when there is nothing to read: opaque tokens are allowed. */
export function jwtClaims(token: string): Record<string, unknown> | null {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof payload === 'object' ? (payload as Record<string, unknown> | null) : null;
  } catch {
    // Opaque: what it allows, and for how long, is then the caller's guess.
    return null;
  }
}

/**
 * `exp` of a JWT (unix seconds), read without verifying: an access token is the other side's own, we can't verify it and
 * only want to know when to ask for the next one. `null` when there is none to read.
 */
export function jwtExpiry(token: string): number | null {
  const exp = jwtClaims(token)?.['exp'];
  return typeof exp === 'number' && Number.isFinite(exp) ? exp : null;
}
