/** The latest requests for the profiles of tenants. They prove that somebody has reached this server. */

/** A request for a profile. */
export interface ProfileRead {
  tenant: string;
  address: string;
  /** Unix milliseconds. */
  at: number;
}

/** The latest requests, of all tenants. */
export interface ProfileReads {
  note(read: ProfileRead): void;
  /** Those of a tenant from then on, oldest first. */
  since(tenant: string, at: number): ProfileRead[];
}

/** How many are kept. */
const MOST = 256;

/** Makes a memory of requests. */
export function createProfileReads(): ProfileReads {
  const ring: ProfileRead[] = [];
  let next = 0;
  return {
    note(read) {
      ring[next % MOST] = read;
      next += 1;
    },
    since: (tenant, at) =>
      ring.filter((read) => read.tenant === tenant && read.at >= at).sort((one, other) => one.at - other.at),
  };
}
