/** Reposts of what the owner posts. */
import { isJsonObject } from '../../../protocol/json-object.ts';
import type { Case } from '../case.ts';
import { nonce } from '../made-tokens.ts';
import { part } from '../relations.ts';
import { asOwner, createPost, deliver } from '../requests.ts';
import { type Answer, peerOf, type Target } from '../target.ts';
import { judged, mustTake, objectOf, type Refusal, refusal } from '../verdict.ts';
import { eventually } from '../waiting.ts';

const FORBIDDEN: Refusal = { status: 403, code: 'E-AUTH-NOPERM' };
const INVALID: Refusal = { status: 400, code: 'E-VAL-INVALID' };
const common = { section: 'Permission', level: 'must', needs: ['owner', 'peer'], writes: true } as const;

async function repost(target: Target, visibility: string, claims: Record<string, unknown> = {}) {
  await part(target, peerOf(target));
  const id = await createPost(target, { visibility });
  const made = { t: 'REPOST', aud: peerOf(target).idTag, sub: id, v: 'P', _: nonce(), ...claims };
  const answer: Answer = await deliver(target, await peerOf(target).sign(made));
  return { id, answer };
}

/** Cases of the group `reposts`. */
export const REPOST_CASES: readonly Case[] = [
  {
    ...common,
    name: 'reposts.counted',
    summary: 'A REPOST of a public action by a stranger is taken, and counted',
    async run(target) {
      const { id, answer } = await repost(target, 'P');
      mustTake(answer, 'a REPOST of a public action');
      const reposts = await eventually(target, async () => {
        const { stat } = objectOf(await target.ask({ path: `/api/actions/${id}` }));
        return (isJsonObject(stat) ? stat['reposts'] : null) ?? null;
      });
      return judged('the repost is counted', [reposts !== 1 && `stat.reposts is ${String(reposts ?? 'missing')}`]);
    },
  },
  {
    ...common,
    name: 'reposts.hidden',
    summary: 'A REPOST of an action that is not public is refused',
    async run(target) {
      return refusal((await repost(target, 'F')).answer, 'a REPOST of an action with the letter F', FORBIDDEN);
    },
  },
  {
    ...common,
    name: 'reposts.own-without-audience',
    summary: 'The owner can not repost without an audience',
    async run(target) {
      const subject = await createPost(target, { visibility: 'P' });
      const body = { type: 'REPOST', subject, visibility: 'P' };
      const answer = await asOwner(target, { method: 'POST', path: '/api/actions', body });
      return refusal(answer, 'a REPOST of the owner without an audience', INVALID);
    },
  },
  {
    ...common,
    name: 'reposts.without-audience',
    summary: 'A REPOST without an audience is refused',
    async run(target) {
      return refusal((await repost(target, 'P', { aud: undefined })).answer, 'a REPOST without an audience', INVALID);
    },
  },
];
