/** What the checks of an instance from inside share. */
import type { StatusResult } from '../../home/status.ts';
import type { Deps } from '../../runtime/deps.ts';
import type { Machine } from './machine.ts';

/** What the examination of an instance works with. */
export type HomeDeps = Pick<
  Deps,
  | 'home'
  | 'settings'
  | 'store'
  | 'identities'
  | 'network'
  | 'clock'
  | 'signer'
  | 'server'
  | 'disk'
  | 'arrivals'
  | 'requester'
  | 'api'
  | 'observer'
>;

/** One look at an instance from inside, as it goes on. */
export interface HomeLook {
  deps: HomeDeps;
  machine: Machine;
  status: StatusResult;
  /** How long certificates and keys have to stay valid, milliseconds. */
  minValidity: number;
}
