/** Presence: passed on live, and never stored. */
import { actionId } from '../../../protocol/content-id.ts';
import { isJsonObject, parseJsonObject } from '../../../protocol/json-object.ts';
import type { Case } from '../case.ts';
import { nonce, seconds } from '../made-tokens.ts';
import { asOwner, deliver } from '../requests.ts';
import { type ActingPeer, type BusTalk, peerOf, type Target } from '../target.ts';
import { judged, mustTake, refusal } from '../verdict.ts';

/** When a PRES is useless, seconds (specification: Action types). */
const MAX_AGE = 30;
const common = { section: 'Action types', level: 'must', writes: true } as const;

function presence({ idTag }: Target, peer: ActingPeer, claims: Record<string, unknown> = {}): Promise<string> {
  return peer.sign({ t: 'PRES:ONLINE', aud: idTag, sub: `@${peer.idTag}`, _: nonce(), ...claims });
}

/** The IDs of the actions that came. */
function idsIn({ frames }: BusTalk): unknown[] {
  return frames.flatMap((text) => {
    const data = parseJsonObject(text)?.['data'];
    return isJsonObject(data) ? [data['actionId']] : [];
  });
}

/** Cases of the group `presence`. */
export const PRESENCE_CASES: readonly Case[] = [
  {
    ...common,
    name: 'presence.not-stored',
    summary: 'A PRES is taken, and never stored',
    needs: ['owner', 'peer'],
    async run(target) {
      const token = await presence(target, peerOf(target));
      mustTake(await deliver(target, token), 'a PRES');
      const answer = await asOwner(target, { path: `/api/actions/${actionId(token)}` });
      return refusal(answer, 'a PRES that the owner asks for', { status: 404, code: 'E-CORE-NOTFOUND' });
    },
  },
  {
    ...common,
    name: 'presence.live',
    summary: 'A PRES comes to the owner over the bus, unless it is older than 30 s',
    needs: ['owner', 'peer'],
    async run(target) {
      const iat = seconds(target) - MAX_AGE - 5;
      const [old, fresh] = [await presence(target, peerOf(target), { iat }), await presence(target, peerOf(target))];
      const meanwhile = async () => {
        await deliver(target, old);
        mustTake(await deliver(target, fresh), 'a PRES');
      };
      const heard = await target.bus({ bearer: target.owner ?? undefined, send: [], frames: 1, meanwhile });
      const ids = idsIn(heard);
      return judged('it comes over the bus', [
        ids.includes(actionId(old)) && 'a PRES that is 35 s old comes over the bus',
        !ids.includes(actionId(fresh)) && `no PRES came; frames: ${heard.frames.length}`,
      ]);
    },
  },
  {
    ...common,
    name: 'presence.foreign',
    summary: 'A PRES about somebody else is refused',
    section: 'Permission',
    needs: ['peer'],
    async run(target) {
      const token = await presence(target, peerOf(target), { sub: '@nobody.invalid' });
      return refusal(await deliver(target, token), 'a PRES about somebody else', {
        status: 403,
        code: 'E-AUTH-NOPERM',
      });
    },
  },
];
