/** How bad a fault is. */

/**
 * `error`: peers can't do with it. `unknown`: something could not be told. `warning`: it works, and will not for long, or not for
 * everybody.
 */
export type Severity = 'error' | 'unknown' | 'warning';
