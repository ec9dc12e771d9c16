/** The head of a journal, as an opaque value. */
declare const HEAD: unique symbol;

/**
 * The last record of a journal: an opaque value to compare and to give back. It is the number of the record, which stays when
 * segments are rewritten.
 */
export type JournalHead = number & { readonly [HEAD]: true };
