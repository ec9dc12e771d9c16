import type { Visibility } from '../../protocol/visibility.ts';

/** The owner's choices that decide what becomes of an arriving action. */
export interface RelationPolicy {
  /** May others follow? When not, a FLLW is kept as deleted and answered as ever: a refusal would tell. */
  followers: boolean;
  connectionMode: 'ask' | 'accept' | 'ignore';
  /** Approve at once what those who are connected write on the wall. */
  autoApprove: boolean;
  /** Of an action that names no visibility and answers nothing that has one. */
  defaultVisibility: Visibility;
}
