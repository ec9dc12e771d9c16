/**
 * `exp` of a JWT (unix seconds), read without verifying: an access token is the other side's own, we can't verify it and
 * only want to know when to ask for the next one. `null` when there is none to read.
 */
export function jwtExpiry(token: string): number | null {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const exp = (payload as { exp?: unknown } | null)?.exp;
    return typeof exp === 'number' && Number.isFinite(exp) ? exp : null;
  } catch {
    // Opaque tokens are allowed: its lifetime is then the caller's guess.
    return null;
  }
}
