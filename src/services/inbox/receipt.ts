/** The outcome of a token at the inbox. */
export interface Receipt {
  actionId: string;
  /** `announced`: announced and not stored, as PRES. `ignored`: the same, but too old. */
  outcome: 'stored' | 'duplicate' | 'parked' | 'announced' | 'ignored';
  /** Of a parked one: when its issuer's key is asked for again. Unix milliseconds. */
  parkedUntil?: number;
}
