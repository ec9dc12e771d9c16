/** What became of a token at the inbox. */
export interface Receipt {
  actionId: string;
  /** `passed-on`: live only, such as PRES. `ignored`: that, come too late. */
  outcome: 'stored' | 'duplicate' | 'parked' | 'passed-on' | 'ignored';
}
