/** Changes the status of a stored action. */
import type { ActionStatus } from '../../store/model/events.ts';
import type { DecideOptions } from './accept-action.ts';
import type { CreateDeps } from './create-action.ts';

/** Changes the status of a stored action and announces that. @throws CloudilloError `store.full`, `store.io` */
export async function setStatus(
  { store, clock, live }: Pick<CreateDeps, 'store' | 'clock' | 'live'>,
  tenant: string,
  actionId: string,
  status: ActionStatus,
  { dryRun = false }: DecideOptions,
): Promise<void> {
  if (dryRun) return;
  await store.append([{ kind: 'status', tenant, actionId, status, at: clock.wall() }]);
  live.announce({ kind: 'status', tenant, actionId });
}
