/** What would have to be different for an arrival to be accepted, and the commands to run. */
import { errorAdvice } from '../../protocol/error-advice.ts';
import { isCodeOf } from '../../protocol/error-table.ts';
import { isCanonicalIdTag } from '../../protocol/id-tag.ts';
import type { RefusalCheck } from '../../protocol/refusal.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import type { ArrivalNote } from '../../store/model/arrival-note.ts';

/** The names that go into a sentence or a command. */
interface Parties {
  tenant: string;
  issuer: string;
  /** The issuer as a word of a command. */
  peer: string;
  /** What is blocked: the issuer, or the domain that it is in. */
  block: string;
}

type Step = (parties: Parties) => string;

/** By the check that failed. Where there is none the advice of the error code stands. */
const BY_CHECK: Partial<Record<RefusalCheck, Step>> = {
  issuer: ({ issuer }) => `${issuer} writes "iss" as its canonical idTag: lower case, U-labels, no dot at the end`,
  key: ({ peer }) => `See what the issuer publishes, and whether it can be reached: cloudillo fetch-profile ${peer}`,
  'key-expiry': ({ issuer }) => `${issuer} signs with a key that hasn't expired`,
  block: ({ tenant, issuer, block }) =>
    `${tenant} blocks ${issuer}. To take from it again: cloudillo unblock ${block} --as ${tenant}`,
  relation: ({ tenant, issuer, peer }) =>
    `${tenant} follows ${issuer} or connects with it: cloudillo follow ${peer} --as ${tenant}`,
  ownership: ({ issuer }) => `Only the issuer of an action changes or deletes it: ${issuer} didn't issue that one`,
  visibility: () => 'Only what everybody may read is relayed or reposted',
  request: ({ tenant, peer }) =>
    `It answers a request that ${tenant} didn't make, or that is answered already. To ask: cloudillo connect ${peer} --as ${tenant}`,
  approval: ({ tenant }) => `Only what ${tenant} knows of, and from whom it may come, is approved or brought along`,
  recipient: () => 'The sender gives the token to the identity that "aud" names',
  role: ({ issuer }) => `The owner of the conversation gives ${issuer} the role that this needs`,
  presence: ({ issuer }) => `${issuer} takes part in what its presence is about`,
  ban: () => 'The ban ends by itself after an hour. To see it and to end it now: cloudillo bans list',
};

/**
 * What has to be different, in one or two sentences; null when nothing has to be. The names come from a stranger: only an idTag
 * gets into a command.
 * @param domain the blocked domain that the issuer is in
 */
export function nextStep(note: ArrivalNote, domain?: string): string | null {
  const { refusal } = note;
  if (refusal === null) return null;
  if (note.probe) return 'Nothing: doctor or smoke-test tried this inbox with a text that is no token';
  const { code, check } = refusal;
  if (note.outcome === 'parked') {
    return `Nothing: it is tried again by itself. ${reach(note) ?? errorAdvice(code)}`;
  }
  const known = note.issuer !== null && isCanonicalIdTag(note.issuer);
  const issuer = known ? (note.issuer as string) : 'the issuer';
  const peer = known ? shellWord(issuer) : 'IDTAG';
  const block = domain === undefined ? peer : shellWord(domain);
  const parties = { tenant: note.tenant ?? 'the tenant', issuer, peer, block };
  const area = code.slice(0, code.indexOf('.'));
  if (known && check === 'key' && isCodeOf(code, 'dns', 'network', 'tls', 'peer')) {
    const mended = `When it is mended, ask it again at once: cloudillo peer retry ${peer}`;
    return `The key of ${issuer} can't be fetched (${area}). Look at its instance: cloudillo doctor ${peer}. ${mended}`;
  }
  if (code === 'auth.invalid') return `${issuer} signs a PROXY token that is valid for five minutes at most`;
  if (isCodeOf(code, 'key'))
    return `${issuer} publishes a P-384 key under that ID. What it publishes: cloudillo fetch-profile ${peer}`;
  const step = check !== null && !isCodeOf(code, 'token', 'rate', 'store') ? BY_CHECK[check] : undefined;
  const own = check === 'ban' || check === 'issuer' ? BY_CHECK[check] : undefined;
  return (step ?? own)?.(parties) ?? errorAdvice(code).replaceAll('IDTAG', peer);
}

/** Where the issuer's instance can't be reached: how to look. */
function reach({ issuer, refusal }: ArrivalNote): string | null {
  if (refusal === null || issuer === null || !isCanonicalIdTag(issuer)) return null;
  if (!isCodeOf(refusal.code, 'dns', 'network', 'tls')) return null;
  const peer = shellWord(issuer);
  return `To look at the issuer: cloudillo doctor ${peer}. To ask it again at once: cloudillo peer retry ${peer}`;
}
