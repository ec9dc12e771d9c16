/** What an instance does against an address that sends too much, or what is bad. What follows a penalty proves nothing. */

import { wireErrorOf } from '../../../protocol/envelope.ts';
import { isJsonObject, typeProblem } from '../../../protocol/json-object.ts';
import type { Case, Verdict } from '../case.ts';
import { baseClaims, follow, nonce, signAnything, withOtherSignature } from '../made-tokens.ts';
import { deliver } from '../requests.ts';
import { type Answer, lastOwnPeerOf, peerOf, type Target } from '../target.ts';
import { judged, refusal, skipped, taken, told } from '../verdict.ts';

const HINT = 'Are the limits of that instance switched off?';
/** More than the burst of the long bucket (specification: Rate limits). */
const MANY = 260;
/** Requests at the same time. */
const AT_ONCE = 20;
/** The work for one letter takes 64 attempts on average; this many fail with one in 10^13. Each further letter takes 64 times as many. */
const MAX_ATTEMPTS = 2_000;

/** A verdict that a server with its limits off fails. */
function withHint(verdict: Verdict): Verdict {
  return verdict.outcome === 'failed' ? { ...verdict, hint: HINT } : verdict;
}

/** A CONN whose token ends with this letter. */
function connWith(target: Target, suffix: string): string {
  const { idTag, own } = lastOwnPeerOf(target);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const claims = { ...baseClaims(idTag, own.key, target.now()), t: 'CONN', aud: target.idTag, _: nonce() };
    const token = signAnything(claims, own.key.privateKey);
    if (token.endsWith(suffix)) return token;
  }
  throw new Error(`no token ends with ${suffix}`);
}

/** Asks until one is answered 429. Without a token nothing is exchanged. @returns the last answer */
async function untilLimited({ ask }: Target): Promise<Answer> {
  let last: Answer | undefined;
  for (let sent = 0; sent < MANY; sent += AT_ONCE) {
    const asking = Array.from({ length: AT_ONCE }, () => ask({ path: '/api/auth/access-token' }));
    const answers = await Promise.all(asking);
    last = answers.find(({ status }) => status === 429) ?? answers[0];
    if (last?.status === 429) break;
  }
  return last as Answer;
}

function detail({ json }: Answer, name: string): unknown {
  const error = isJsonObject(json) ? json['error'] : undefined;
  const details = isJsonObject(error) ? error['details'] : undefined;
  return isJsonObject(details) ? details[name] : undefined;
}

/** Cases of the groups `pow`, `limits` and `bans` that only `--may-ban` makes. */
export const PENALTY_CASES: readonly Case[] = [
  {
    name: 'pow.conn',
    summary: 'After a CONN that failed verification the next one is answered 428, and is taken with proof of work',
    section: 'Proof of work',
    level: 'should',
    needs: ['own-peer'],
    writes: true,
    badSignatures: 1,
    provokes: true,
    async run(target) {
      const { idTag, own, sign } = lastOwnPeerOf(target);
      const key = own.prepared.conn;
      const claims = { ...baseClaims(idTag, key, target.now()), t: 'CONN', aud: target.idTag, _: nonce() };
      await deliver(target, withOtherSignature(signAnything(claims, key.privateKey)));
      const answer = await deliver(target, await sign({ t: 'CONN', aud: target.idTag, _: nonce(), c: 'x' }));
      const demand = refusal(answer, 'a CONN after one that failed', { status: 428, code: 'E-POW-REQUIRED' });
      if (demand.outcome === 'failed') return withHint(demand);
      const suffix = /token must end with '(A+)' \(\d+ chars\)$/.exec(wireErrorOf(answer.json)?.message ?? '')?.[1];
      if (suffix === undefined)
        return judged('', [`the message of ${told(answer)} does not end with what the token must end with`]);
      if (suffix.length > 1)
        return skipped(
          `${suffix.length} letters are demanded: this address has failed before, and one is forgiven an hour`,
        );
      const verdict = taken(await deliver(target, connWith(target, suffix)), `a CONN that ends with ${suffix}`);
      await deliver(target, await sign({ t: 'CONN:DEL', aud: target.idTag, _: nonce() }));
      return verdict;
    },
  },
  {
    name: 'limits.rate',
    summary: 'Too many requests are answered 429 E-RATE-LIMITED, with Retry-After in seconds',
    section: 'Rate limits',
    level: 'should',
    provokes: true,
    async run(target) {
      const answer = await untilLimited(target);
      const what = `one of ${MANY} requests for an access token`;
      const verdict = refusal(answer, what, { status: 429, code: 'E-RATE-LIMITED' });
      if (verdict.outcome === 'failed') return withHint(verdict);
      const pause = answer.headers['retry-after'] ?? 'missing';
      return judged(verdict.message, [!/^[1-9]\d*$/.test(pause) && `Retry-After is ${pause}`]);
    },
  },
  {
    name: 'bans.third-bad-signature',
    summary: 'After three bad signatures everything is answered 403 E-RATE-BANNED, with remainingSecs',
    section: 'Bans',
    level: 'should',
    badSignatures: 3,
    provokes: true,
    needs: ['peer'],
    async run(target) {
      for (let sent = 0; sent < 3; sent += 1) {
        await deliver(target, withOtherSignature(await peerOf(target).sign(follow(target))));
      }
      const answer = await deliver(target, await peerOf(target).sign(follow(target)));
      const verdict = refusal(answer, 'what comes after three bad signatures', { status: 403, code: 'E-RATE-BANNED' });
      if (verdict.outcome === 'failed') return withHint(verdict);
      return judged(verdict.message, [
        typeProblem(`in ${told(answer)} details.remainingSecs`, detail(answer, 'remainingSecs'), 'number'),
      ]);
    },
  },
];
