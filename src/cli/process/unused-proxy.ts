/** Proxies that the environment names. No request uses one: addresses are checked as they are connected to. */
const VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];

/** Says that a proxy is set and not used; null when none is set. */
export function unusedProxy(env: NodeJS.ProcessEnv = process.env): string | null {
  const name = VARIABLES.find((variable) => env[variable]);
  return name === undefined ? null : `${name} is set, and not used: requests go out directly`;
}

/** Whether an error with this code may come from a proxy that isn't used: one of DNS, network or TLS, or the DNS check of an instance. */
export function concernsConnections(code: string): boolean {
  return /^(?:(?:dns|network|tls)\.|check\.dns$)/.test(code);
}

/** Adds {@link unusedProxy} to the hint of an error of DNS, network or TLS. */
export function withProxyHint<E extends { code: string; hint?: string | undefined }>(error: E): E {
  const proxy = concernsConnections(error.code) ? unusedProxy() : null;
  if (proxy === null) return error;
  const hint = error.hint?.replace(/[.]?$/, '. ') ?? '';
  return { ...error, hint: `${hint}${proxy}` };
}
