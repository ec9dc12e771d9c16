/** The WebSocket bus. */
import { isJsonObject, parseJsonObject } from '../../../protocol/json-object.ts';
import type { Case } from '../case.ts';
import { follow, nonce } from '../made-tokens.ts';
import { part } from '../relations.ts';
import { createPost, deliver, signIn } from '../requests.ts';
import { type BusTalk, otherPeerOf, peerOf, type Target } from '../target.ts';
import { judged, mustTake, passedAsNetwork } from '../verdict.ts';
import { roles } from './readers.ts';

const SECTION = 'WebSocket bus';

function frame(id: string, cmd: string): string {
  return JSON.stringify({ id, cmd, data: {} });
}

/** The status that a command was answered with; null: it was not. */
function statusOf({ frames }: BusTalk, id: string): unknown {
  for (const text of frames) {
    // What isn't JSON is ignored on both sides (specification: WebSocket bus).
    const answer = parseJsonObject(text);
    if (answer?.['id'] !== id || answer['cmd'] !== 'ack') continue;
    return isJsonObject(answer['data']) ? answer['data']['status'] : undefined;
  }
  return null;
}

async function closedWithout(target: Target, bearer: string | undefined, who: string) {
  const { closed } = await target.bus({ bearer, send: [], frames: 1 });
  return judged(`the bus closes with 4401 for ${who}`, [
    closed !== 4401 && `the bus ${closed === null ? 'stays open' : `closes with ${closed}`} for ${who}; 4401 is right`,
  ]);
}

/** Whether a new action with this content came. */
function came({ frames }: BusTalk, content: string): boolean {
  return frames.some((text) => {
    const { cmd, data } = parseJsonObject(text) ?? {};
    return cmd === 'ACTION' && isJsonObject(data) && data['content'] === content;
  });
}

/** Cases of the group `bus`. */
export const BUS_CASES: readonly Case[] = [
  {
    name: 'bus.action',
    summary: 'A new action comes over the bus to whoever may read it, and to nobody else',
    section: SECTION,
    level: 'must',
    needs: ['owner', 'two-peers'],
    writes: true,
    async run(target) {
      const [, stranger, follower] = await roles(target);
      const [hidden, shown] = [nonce(), nonce()];
      let heard: BusTalk = { frames: [], closed: null };
      const posting = () => createPost(target, { visibility: 'F', content: hidden });
      // What comes later is there: the earlier one would have come, too.
      const meanwhile = async () => {
        heard = await target.bus({ bearer: follower, send: [], frames: 1, meanwhile: posting });
        await createPost(target, { visibility: 'V', content: shown });
      };
      const overheard = await target.bus({ bearer: stranger, send: [], frames: 1, meanwhile });
      return judged('a follower hears it, and a stranger does not', [
        !came(heard, hidden) && `a follower got no ACTION with the letter F; frames: ${heard.frames.length}`,
        came(overheard, hidden) && 'a stranger got an ACTION with the letter F',
        !came(overheard, shown) && `a stranger got no ACTION with the letter V; frames: ${overheard.frames.length}`,
      ]);
    },
  },
  {
    name: 'bus.personal',
    summary: 'What one peer sends to the owner does not come to another peer',
    section: SECTION,
    level: 'network',
    needs: ['owner', 'two-peers'],
    writes: true,
    async run(target) {
      await part(target, otherPeerOf(target));
      const [personal, shown] = [nonce(), nonce()];
      const meanwhile = async () => {
        mustTake(await deliver(target, await peerOf(target).sign(follow(target, { c: personal }))), 'a FLLW');
        await createPost(target, { visibility: 'P', content: shown });
      };
      const bearer = await signIn(target, otherPeerOf(target));
      const heard = await target.bus({ bearer, send: [], frames: 1, meanwhile });
      if (came(heard, personal)) return passedAsNetwork('a FLLW comes to whoever is signed in');
      return judged('it does not', [!came(heard, shown) && 'an ACTION with the letter P did not come either']);
    },
  },
  {
    name: 'bus.guest',
    summary: 'The bus opens for a guest, and closes at once with 4401',
    section: SECTION,
    level: 'must',
    run: (target) => closedWithout(target, undefined, 'a guest'),
  },
  {
    name: 'bus.bad-token',
    summary: 'The bus closes with 4401 for a bad token',
    section: SECTION,
    level: 'must',
    run: (target) => closedWithout(target, 'garbage', 'a bad token'),
  },
  {
    name: 'bus.ping',
    summary: 'ping is answered with the status pong',
    section: SECTION,
    level: 'must',
    needs: ['peer'],
    async run(target) {
      const bearer = await signIn(target, peerOf(target));
      const status = statusOf(await target.bus({ bearer, send: [frame('1', 'ping')], frames: 1 }), '1');
      return judged('ping is answered with pong', [
        status !== 'pong' && `ping has the status ${JSON.stringify(status)}`,
      ]);
    },
  },
  {
    name: 'bus.unknown-command',
    summary: 'An unknown command is answered with the status ok, and what is no JSON is ignored',
    section: SECTION,
    level: 'must',
    needs: ['peer'],
    async run(target) {
      const bearer = await signIn(target, peerOf(target));
      const status = statusOf(await target.bus({ bearer, send: ['not json', frame('2', 'later')], frames: 1 }), '2');
      return judged('an unknown command is answered with ok', [
        status !== 'ok' && `an unknown command has the status ${JSON.stringify(status)}`,
      ]);
    },
  },
];
