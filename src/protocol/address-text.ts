/**
 * An IPv6 address without the brackets that it has in URLs. Whoever copies one from a URL means the address. Any other text stays as
 * it is.
 */
export function withoutBrackets(text: string): string {
  return /^\[([0-9a-f:.]*:[0-9a-f:.]*)\]$/i.exec(text)?.[1] ?? text;
}
