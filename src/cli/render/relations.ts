/** The output of `relations`. */
import type { RelationOutput } from '../schemas/relations.ts';
import { shownTime } from './shown-time.ts';
import { table } from './table.ts';

/** One line for each peer. */
export function renderRelations(relations: readonly RelationOutput[]): string[] {
  return table(
    relations.map((relation) => [
      relation.peer,
      relationText(relation),
      shownTime(relation.changedAt),
      relation.name === null ? '' : relation.name,
    ]),
  );
}

function relationText(relation: RelationOutput): string {
  if (relation.blocked) return 'blocked';
  const kind = kindText(relation) + (relation.undelivered ? ' (not delivered yet)' : '');
  if (!relation.muted) return kind;
  return kind === '' ? 'muted' : `${kind}, muted`;
}

function kindText({ connected, following, follower }: RelationOutput): string {
  if (connected) return 'connected';
  if (following && follower) return 'following, follows back';
  if (following) return 'following';
  return follower ? 'follows' : '';
}
