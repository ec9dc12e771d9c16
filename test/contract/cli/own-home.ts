import { join } from 'node:path';
import { publish } from '../../../src/server/tenants/tenants.ts';
import { type InitInput, initInstance } from '../../../src/services/home/init.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { createIdentities } from '../../../src/store/identities/identities.ts';
import { answer, type Lab, type Peer, refuse } from '../../support/lab.ts';
import { type CliResult, type RunOptions, runCli, temporaryDirectory } from '../../support/run-cli.ts';

/** A home on disk, and the command line that uses it. */
export interface OwnHome {
  home: string;
  run(args: string[], options?: RunOptions): Promise<CliResult>;
}

/** A home with these identities; none: the directory doesn't exist. */
export async function ownHome(...identities: (string | InitInput)[]): Promise<OwnHome> {
  const home = join(temporaryDirectory(), 'home');
  for (const identity of identities) {
    const input = typeof identity === 'string' ? { idTag: identity } : identity;
    await initInstance({ home, clock: systemClock }, input);
  }
  return { home, run: (args, options) => runCli([...args, '--home', home], options) };
}

/** Answers `/api/me` for an identity of a home, as its server would. */
export function serveOwn(lab: Lab, { home }: OwnHome, idTag: string): Promise<Peer> {
  const identities = createIdentities(home);
  return lab.peer(idTag, async ({ url }, response) => {
    const identity = await identities.read(idTag);
    if (url === '/api/me' && identity) return answer(response, JSON.parse(publish(identity).profileJson));
    refuse(response, 404, 'E-CORE-NOTFOUND');
  });
}
