/** What comes of the owner's actions. The suite acts as the owner, by an API key. */
import { actionId } from '../../../protocol/content-id.ts';
import { isJsonObject } from '../../../protocol/json-object.ts';
import { decodeTokenOrNull } from '../../../protocol/token.ts';
import type { Case } from '../case.ts';
import { nonce } from '../made-tokens.ts';
import { asOwner, createPost, deliver } from '../requests.ts';
import { otherPeerOf, peerOf } from '../target.ts';
import { judged, mustJudge, mustTake, objectOf, passedAsNetwork, refusal, taken, told } from '../verdict.ts';
import { eventually } from '../waiting.ts';

/** Cases about the owner's actions. */
export const OWNER_CASES: readonly Case[] = [
  {
    name: 'deletion.gone',
    summary: 'A deleted action is answered 410 E-CORE-GONE',
    section: 'Visibility',
    level: 'must',
    needs: ['owner'],
    writes: true,
    async run(target) {
      const id = await createPost(target, { visibility: 'P' });
      const deleted = await asOwner(target, { method: 'DELETE', path: `/api/actions/${id}` });
      mustTake(deleted, 'DELETE by the owner');
      const answer = await target.ask({ path: `/api/actions/${id}` });
      return refusal(answer, 'a deleted action', { status: 410, code: 'E-CORE-GONE' });
    },
  },
  {
    name: 'deletion.foreign',
    summary: 'Nobody deletes the action of somebody else',
    section: 'Deletion',
    level: 'must',
    needs: ['owner', 'two-peers'],
    writes: true,
    async run(target) {
      const id = await createPost(target, { visibility: 'P' });
      const claims = { t: 'CMNT', aud: target.idTag, p: id, c: 'Well said', _: nonce() };
      const comment = await peerOf(target).sign(claims);
      const sent = await deliver(target, comment);
      mustTake(sent, 'a comment on a public action');
      const undo = { ...claims, t: 'CMNT:DEL', sub: actionId(comment), _: nonce() };
      mustJudge(await deliver(target, await otherPeerOf(target).sign(undo)), 'a CMNT:DEL of somebody else');
      const answer = await target.ask({ path: `/api/actions/${actionId(comment)}` });
      return judged('the comment is still there', [
        answer.status !== 200 && `after a CMNT:DEL of somebody else it is answered ${told(answer)}`,
      ]);
    },
  },
  {
    name: 'deletion.own',
    summary: 'The issuer of a comment deletes it',
    section: 'Deletion',
    level: 'network',
    needs: ['owner', 'peer'],
    writes: true,
    async run(target) {
      const id = await createPost(target, { visibility: 'P' });
      const claims = { t: 'CMNT', aud: target.idTag, p: id, c: 'Not that', _: nonce() };
      const comment = await peerOf(target).sign(claims);
      mustTake(await deliver(target, comment), 'a comment on a public action');
      const undo = { ...claims, t: 'CMNT:DEL', sub: actionId(comment), _: nonce() };
      mustTake(await deliver(target, await peerOf(target).sign(undo)), 'a CMNT:DEL');
      const answer = await target.ask({ path: `/api/actions/${actionId(comment)}` });
      if (answer.status === 200) return passedAsNetwork('what arrives deletes nothing');
      return refusal(answer, 'a comment that its issuer deleted', { status: 410, code: 'E-CORE-GONE' });
    },
  },
  {
    name: 'flags.reactions-off',
    summary: 'A reaction to an action that takes none is refused',
    section: 'Flags',
    level: 'must',
    needs: ['owner', 'peer'],
    writes: true,
    async run(target) {
      const id = await createPost(target, { visibility: 'P', flags: 'r' });
      const answer = await deliver(target, await peerOf(target).sign({ t: 'REACT:LIKE', aud: target.idTag, sub: id }));
      return refusal(answer, 'a reaction to an action without reactions', { status: 400, code: 'E-VAL-INVALID' });
    },
  },
  {
    name: 'flags.others-on',
    summary: 'A flag that disables comments leaves reactions enabled',
    section: 'Flags',
    level: 'must',
    needs: ['owner', 'peer'],
    writes: true,
    async run(target) {
      const id = await createPost(target, { visibility: 'P', flags: 'Rc' });
      const reaction = { t: 'REACT:LIKE', aud: target.idTag, sub: id };
      return taken(
        await deliver(target, await peerOf(target).sign(reaction)),
        'a reaction to an action without comments',
      );
    },
  },
  {
    name: 'flags.comments-off',
    summary: 'A comment on an action that takes none is refused',
    section: 'Flags',
    level: 'must',
    needs: ['owner', 'peer'],
    writes: true,
    async run(target) {
      const id = await createPost(target, { visibility: 'P', flags: 'c' });
      const claims = { t: 'CMNT', aud: target.idTag, p: id, c: 'But', _: nonce() };
      const answer = await deliver(target, await peerOf(target).sign(claims));
      return refusal(answer, 'a comment on an action without comments', { status: 400, code: 'E-VAL-INVALID' });
    },
  },
  {
    name: 'counts.reaction',
    summary: 'A reaction is counted',
    section: 'Counts',
    level: 'should',
    needs: ['owner', 'peer'],
    writes: true,
    async run(target) {
      const id = await createPost(target, { visibility: 'P' });
      const sent = await deliver(target, await peerOf(target).sign({ t: 'REACT:LIKE', aud: target.idTag, sub: id }));
      mustTake(sent, 'a reaction to a public action');
      const reactions = await eventually(target, async () => {
        const { stat } = objectOf(await target.ask({ path: `/api/actions/${id}` }));
        const found = isJsonObject(stat) ? stat['reactions'] : undefined;
        return typeof found === 'string' ? found : null;
      });
      return judged('the reaction is counted', [reactions !== '1,L1' && `stat.reactions is ${reactions ?? 'missing'}`]);
    },
  },
  {
    name: 'views.own-token',
    summary: 'A view has the token that hashes to its ID',
    section: 'Views',
    level: 'network',
    needs: ['owner'],
    writes: true,
    async run(target) {
      const id = await createPost(target, { visibility: 'P' });
      const { token } = objectOf(await target.ask({ path: `/api/actions/${id}` }));
      if (token === undefined) return passedAsNetwork('a view has no token');
      const isRight = typeof token === 'string' && actionId(token) === id;
      const iss = isRight ? decodeTokenOrNull(token)?.claims['iss'] : target.idTag;
      return judged('the token hashes to the ID', [
        !isRight && 'the token hashes to another ID',
        iss !== target.idTag && `the issuer is ${String(iss)}`,
      ]);
    },
  },
];
