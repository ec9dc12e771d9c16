/** The network in which a certificate authority is asked. */
import type { PublicNetwork } from '../http/network.ts';

/**
 * The public network, with the exceptions that an owner makes for an authority of its own: the host and port of its directory may
 * be at a private address, and its own root is trusted. Whatever else the authority names has to be public.
 * @param ca the root of the authority, PEM; null: a public one
 */
export function authorityNetwork(directory: string, ca: string | null): PublicNetwork {
  const { hostname, port } = new URL(directory);
  const place = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443) };
  return { kind: 'public', exempt: place, ...(ca !== null && { ca }) };
}
