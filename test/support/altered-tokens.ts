/**
 * The token with another signature, which is none. The change is never one of unused bits: 96 bytes of signature fill their 128
 * characters, and the first character of it is another one.
 */
export function forged(token: string): string {
  const at = token.lastIndexOf('.') + 1;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}

/** Signs until the token doesn't end in `A`: one in 64 has done the work that a server asks for by chance. */
export async function unlucky(sign: () => Promise<string>): Promise<string> {
  for (;;) {
    const token = await sign();
    if (!token.endsWith('A')) return token;
  }
}
