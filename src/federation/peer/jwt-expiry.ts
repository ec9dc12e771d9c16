/** Reads the claims of access tokens without verifying them. */

/** The claims of a JWT, unverified. `null` for an opaque token, which is allowed. */
export function jwtClaims(token: string): Record<string, unknown> | null {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof payload === 'object' ? (payload as Record<string, unknown> | null) : null;
  } catch {
    // The token is opaque. The caller then has to guess what it allows and for how long.
    return null;
  }
}

/**
 * `exp` of a JWT (unix seconds), unverified; `null` when there is none. Only the peer can verify its access token: this time only
 * says when to ask for a new one.
 */
export function jwtExpiry(token: string): number | null {
  const exp = jwtClaims(token)?.['exp'];
  return typeof exp === 'number' && Number.isFinite(exp) ? exp : null;
}
