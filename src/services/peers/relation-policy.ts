/** The owner's settings for arriving relations. */
import type { Visibility } from '../../protocol/visibility.ts';

/** The owner's settings for arriving actions. */
export interface RelationPolicy {
  /** Whether peers may follow. If not, a FLLW is stored as deleted and answered as usual: a refusal would reveal the setting. */
  followers: boolean;
  connectionMode: 'ask' | 'accept' | 'ignore';
  /** Approve the wall posts of connected peers automatically. */
  autoApprove: boolean;
  /** The visibility of an action that names none and whose parent has none. */
  defaultVisibility: Visibility;
}
