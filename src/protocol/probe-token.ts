/**
 * What `doctor` sends to an inbox to see whether it answers as one. It can't be decoded, so no action can look like it: whoever sends it
 * hides nothing but the probe itself. It is as long as the token of a post, so that what turns away larger bodies is found.
 */

const NOT_A_TOKEN = 'cloudillo-probe';
const LENGTH = 600;

/** The text of a probe, in three parts like a token. */
export const PROBE_TOKEN = [NOT_A_TOKEN, `${NOT_A_TOKEN}-`.repeat(LENGTH / (NOT_A_TOKEN.length + 1)), NOT_A_TOKEN].join(
  '.',
);
