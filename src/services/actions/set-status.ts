import type { ActionStatus } from '../../store/model/events.ts';
import { announce } from '../runtime/live.ts';
import type { CreateDeps } from './create-action.ts';

/** Changes the status of a stored action, and tells whoever watches. @throws CloudilloError `store.full`, `store.io` */
export async function setStatus(
  { store, clock }: Pick<CreateDeps, 'store' | 'clock'>,
  tenant: string,
  actionId: string,
  status: ActionStatus,
): Promise<void> {
  await store.append([{ kind: 'status', tenant, actionId, status, at: clock() }]);
  announce(store, { kind: 'status', tenant, actionId });
}
