/** The rules by one of which an action is taken from its issuer (specification: Permission). */

/** What allowed an action. */
export type KnockRule =
  /** Anybody may send the type. */
  | 'anybody'
  /** The tenant issued it. */
  | 'own'
  /** An accepted action names it and brought it. */
  | 'brought'
  /** The tenant follows the issuer. */
  | 'following'
  /** The tenant and the issuer are connected. */
  | 'connected'
  /** The issuer deletes an action of its own. */
  | 'deletes-own'
  /** It is about a public action of the tenant. */
  | 'public-subject'
  /** Both are in the conversation. */
  | 'conversation';
