/** Which identity a request is for. The connection is to the identity under test; only `Host` differs. */
import { apiHost } from '../../../protocol/id-tag.ts';
import type { Case } from '../case.ts';
import type { Answer, Target } from '../target.ts';
import { judged, objectOf, refusal, told } from '../verdict.ts';

const SECTION = 'Requests';

function meAt(target: Target, host: string): Promise<Answer> {
  return target.ask({ path: '/api/me', headers: { host } });
}

/** Cases of the group `hosts`. */
export const HOST_CASES: readonly Case[] = [
  {
    name: 'hosts.port',
    summary: 'Host may carry a port and one trailing dot',
    section: SECTION,
    level: 'should',
    async run(target) {
      const hosts = [`${apiHost(target.idTag)}:443`, `${apiHost(target.idTag)}.`, `${apiHost(target.idTag)}.:443`];
      const problems: (string | false)[] = [];
      for (const host of hosts) {
        const answer = await meAt(target, host);
        problems.push(objectOf(answer)['idTag'] !== target.idTag && `Host: ${host} is answered ${told(answer)}`);
      }
      return judged('it may', problems);
    },
  },
  {
    name: 'hosts.unknown',
    summary: 'A Host that is no identity here is answered 404, or 421 because SNI names another one',
    section: SECTION,
    level: 'should',
    async run(target) {
      const answer = await meAt(target, apiHost('nobody.invalid'));
      const misdirected = refusal(answer, 'Host of nobody', { status: 421, code: 'E-VAL-INVALID' });
      if (misdirected.outcome === 'passed') return misdirected;
      return refusal(answer, 'Host of nobody', { status: 404, code: 'E-CORE-NOTFOUND' });
    },
  },
];
