/** The output of `block`, `mute` and their opposites. */
import type { TreatmentOutput } from '../schemas/treatment.ts';

interface Wanted {
  blocked?: boolean;
  muted?: boolean;
}

/** What was done, and what the block ended. */
export function renderTreatment(result: TreatmentOutput, wanted: Wanted): string[] {
  const { as, peer, changed, ended, dropped } = result;
  const lines = [`✓ ${as} ${verb(wanted, changed)} ${peer}${!changed && isOn(wanted) ? ' already' : ''}`];
  if (ended) lines.push(`  ended here: ${endedText(ended)}; ${peer} isn't told`);
  if (dropped > 0) lines.push(`  ${dropped} ${dropped === 1 ? 'delivery' : 'deliveries'} to ${peer} dropped`);
  return lines;
}

function verb(wanted: Wanted, changed: boolean): string {
  const what = wanted.blocked === undefined ? 'mute' : 'block';
  if (isOn(wanted)) return `${what}s`;
  return changed ? `no longer ${what}s` : `doesn't ${what}`;
}

function isOn({ blocked, muted }: Wanted): boolean {
  return blocked ?? muted ?? false;
}

function endedText({ connected, following, follower }: NonNullable<TreatmentOutput['ended']>): string {
  const parts = [connected && 'connected', following && 'following', follower && 'followed by it'];
  return parts.filter((part) => part !== false).join(', ');
}
