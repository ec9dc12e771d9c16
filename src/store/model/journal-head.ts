declare const HEAD: unique symbol;

/**
 * How far a journal reaches, to compare and to give back, and nothing else: what it holds is the journal's business. It names the last
 * record by its number in the sequence, which stays its number when segments are rewritten.
 */
export type JournalHead = number & { readonly [HEAD]: true };
