/**
 * What `doctor` sends to an inbox to see whether it answers as one. It can't be decoded, so no action can look like it: whoever sends it
 * hides nothing but the probe itself. It is as long as the token of a post, so that what turns away larger bodies is found.
 */

const NOT_A_TOKEN = 'cloudillo-probe';
const LENGTH = 600;
/** More than a packet holds, and than what proxies are set to by those who think of forms. */
const LARGE = 32 * 1024;

/** The text of a probe, in three parts like a token. */
export const PROBE_TOKEN = probeOf(LENGTH);

/** The text of a probe that is as long as an action with much to say. */
export const LARGE_PROBE_TOKEN = probeOf(LARGE);

function probeOf(length: number): string {
  return [NOT_A_TOKEN, `${NOT_A_TOKEN}-`.repeat(length / (NOT_A_TOKEN.length + 1)), NOT_A_TOKEN].join('.');
}
