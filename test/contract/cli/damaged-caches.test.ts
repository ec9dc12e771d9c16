import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startCli } from '../../support/run-cli.ts';
import { ownHome } from './own-home.ts';

it('a command and a server start with damaged caches, warn of each once, and set them aside', async () => {
  const { home, run } = await ownHome('alice.test');
  const posted = await run(['post', 'kept', '--json']);
  expect(posted.code).toBe(0);
  const damage = () => {
    writeFileSync(join(home, 'cache', 'keys.json'), '');
    rmSync(join(home, 'cache', 'keys'), { recursive: true, force: true });
    writeFileSync(join(home, 'cache', 'keys'), 'in its place');
    rmSync(join(home, 'index'), { recursive: true });
    mkdirSync(join(home, 'index'));
    writeFileSync(join(home, 'index', 'snapshot'), '');
  };
  const setAside = () => readdirSync(join(home, 'cache')).filter((name) => name.includes('.damaged-'));

  damage();
  const read = await run(['actions', posted.json.actionId, '--json']);
  expect(read).toMatchObject({ code: 0, json: { action: { status: 'A' } } });

  damage();
  const server = startCli(['serve', '--home', home, '--plain-http', '--port', '0', '--json']);
  const { url } = JSON.parse(await server.line((line) => line.includes('"ready"')));
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(await run(['actions', posted.json.actionId, '--json'])).toMatchObject({ code: 0 });
  server.child.kill('SIGTERM');
  const { code, stderr } = await server.done;
  expect(code).toBe(0);
  expect(stderr.split('\n').filter((line) => line.includes('A damaged cache was set aside'))).toHaveLength(2);
  expect(stderr).toContain('The saved index was damaged, and is made anew');
  expect(setAside().length).toBeGreaterThanOrEqual(2);
});
