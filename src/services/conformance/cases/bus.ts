/** The WebSocket bus. */
import { isJsonObject, parseJsonObject } from '../../../protocol/json-object.ts';
import type { Case } from '../case.ts';
import { signIn } from '../requests.ts';
import { type BusTalk, peerOf, type Target } from '../target.ts';
import { judged } from '../verdict.ts';

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

/** Cases of the group `bus`. */
export const BUS_CASES: readonly Case[] = [
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
