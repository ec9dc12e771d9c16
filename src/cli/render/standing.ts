import type { StandingOutput } from '../schemas/standing.ts';

/** What was done, and what it ended. */
export function renderStanding(result: StandingOutput, wanted: { blocked?: boolean; muted?: boolean }): string {
  const { as, peer, changed, ended, dropped } = result;
  const already = changed ? '' : ' already';
  const lines = [`✓ ${sentence(as, peer, wanted)}${already}`];
  if (ended) lines.push(`  ended here: ${endedText(ended)}; ${peer} isn't told`);
  if (dropped > 0) lines.push(`  ${dropped} ${dropped === 1 ? 'delivery' : 'deliveries'} to ${peer} dropped`);
  return lines.join('\n');
}

function sentence(as: string, peer: string, { blocked, muted }: { blocked?: boolean; muted?: boolean }): string {
  if (blocked !== undefined) return `${as} ${blocked ? 'blocks' : "doesn't block"} ${peer}`;
  return `${as} ${muted ? 'mutes' : "doesn't mute"} ${peer}`;
}

function endedText({ connected, following, follower }: NonNullable<StandingOutput['ended']>): string {
  const parts = [connected && 'connected', following && 'following', follower && 'followed by it'];
  return parts.filter((part) => part !== false).join(', ');
}
