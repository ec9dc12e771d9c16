/** What to do about a redirect, by where it leads. */

/** A path that names a way to sign in. */
const SIGN_IN = /\b(?:log-?in|sign-?in|sso|saml2?|oauth2?|oidc|authorize|auth)\b/i;

/** The hint of a redirect. @param location the header, relative or absolute */
export function redirectHint({ hostname, pathname }: URL, location: string): string {
  const to = URL.canParse(location, `https://${hostname}`) ? new URL(location, `https://${hostname}`) : null;
  if (to && (SIGN_IN.test(to.href) || (to.hostname !== hostname && to.pathname !== pathname))) {
    return 'A proxy asks for a login there: its operator has to let the requests of other servers pass without one.';
  }
  return 'An instance answers at its own name: ask its operator, or use the name it redirects to.';
}
