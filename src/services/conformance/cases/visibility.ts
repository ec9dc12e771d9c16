/** Who may read what a peer sent. */
import { actionId } from '../../../protocol/content-id.ts';
import { isJsonObject, typeProblem } from '../../../protocol/json-object.ts';
import type { Case } from '../case.ts';
import { becomeFollower } from '../relations.ts';
import { signIn } from '../requests.ts';
import { otherPeerOf, peerOf, type Target } from '../target.ts';
import { judged, objectOf, type Refusal, refusal, rowsOf, told } from '../verdict.ts';

const FORBIDDEN: Refusal = { status: 403, code: 'E-AUTH-NOPERM' };

function read(target: Target, id: string, bearer?: string) {
  return target.ask({ path: `/api/actions/${id}`, bearer });
}

/** Cases of the group `visibility`. */
export const VISIBILITY_CASES: readonly Case[] = [
  {
    name: 'visibility.personal-guest',
    summary: 'A guest may not read a FLLW',
    section: 'Visibility',
    level: 'must',
    needs: ['peer'],
    writes: true,
    async run(target) {
      const token = await becomeFollower(target, peerOf(target));
      return refusal(await read(target, actionId(token)), 'a guest who asks for a FLLW', FORBIDDEN);
    },
  },
  {
    name: 'visibility.personal-other',
    summary: 'Another identity may not read a FLLW',
    section: 'Visibility',
    level: 'must',
    needs: ['two-peers'],
    writes: true,
    async run(target) {
      const token = await becomeFollower(target, peerOf(target));
      const bearer = await signIn(target, otherPeerOf(target));
      const answer = await read(target, actionId(token), bearer);
      return refusal(answer, 'somebody else who asks for a FLLW', FORBIDDEN);
    },
  },
  {
    name: 'visibility.personal-issuer',
    summary: 'The issuer may read its FLLW, in the form of a view',
    section: 'Views',
    level: 'must',
    needs: ['peer'],
    writes: true,
    async run(target) {
      const peer = peerOf(target);
      const token = await becomeFollower(target, peer);
      const answer = await read(target, actionId(token), await signIn(target, peer));
      const view = objectOf(answer);
      const issuer = isJsonObject(view['issuer']) ? view['issuer']['idTag'] : undefined;
      return judged('the issuer reads its action', [
        answer.status !== 200 && `the issuer is answered ${told(answer)}`,
        view['actionId'] !== actionId(token) && 'actionId is another one',
        view['type'] !== 'FLLW' && `type is ${JSON.stringify(view['type']) ?? 'missing'}`,
        issuer !== peer.idTag && `issuer.idTag is ${JSON.stringify(issuer) ?? 'missing'}`,
        typeProblem('createdAt', view['createdAt'], 'string'),
        view['token'] !== undefined && view['token'] !== token && 'token is not the token that was sent',
      ]);
    },
  },
  {
    name: 'visibility.list-other',
    summary: 'What somebody may not read is not listed for it either',
    section: 'Visibility',
    level: 'must',
    needs: ['two-peers'],
    writes: true,
    async run(target) {
      const token = await becomeFollower(target, peerOf(target));
      const bearer = await signIn(target, otherPeerOf(target));
      const answer = await target.ask({ path: '/api/actions?type=FLLW', bearer });
      const rows = rowsOf(answer);
      return judged('it is not listed', [
        rows === null && `GET /api/actions?type=FLLW is answered ${told(answer)}`,
        rows?.some(({ actionId: id }) => id === actionId(token)) && 'a FLLW is listed for somebody else',
      ]);
    },
  },
];
