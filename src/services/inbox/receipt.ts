/** The outcome of a token at the inbox. */
export interface Receipt {
  actionId: string;
  /** `announced`: announced and not stored, as PRES. `ignored`: the same, but too old. */
  outcome: 'stored' | 'duplicate' | 'parked' | 'announced' | 'ignored';
}
