import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli, startCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';

it('shows and forgets a peer, and lists and lifts bans, with a server and without one', {
  timeout: 90_000,
}, async () => {
  const home = join(temporaryDirectory(), 'home');
  expect((await runCli(['init', 'alice.test', '--home', home, '--yes'])).code).toBe(0);
  const run = (...args: string[]) => runCli([...args, '--home', home]);
  const ends = async (...args: string[]) => (await run(...args)).code;
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout);

  expect((await run('bans', 'list')).stderr).toContain('home.no-server');
  expect(await ends('bans', 'lift', '--all')).toBe(8);
  expect(await ends('bans', 'lift')).toBe(2);
  expect(await ends('bans', 'lift', '192.0.2.9', '--all')).toBe(2);
  expect(await json('peer', 'show', 'bob.test')).toMatchObject({ memory: null, circuit: null, profile: null });
  expect((await run('peer', 'show', 'bob.test')).stdout).toContain('no server runs');
  expect(await ends('peer', 'show', 'not an idTag')).toBe(2);
  expect(await ends('peer', 'forget', 'alice.test')).toBe(2);

  const server = startCli(['serve', '--home', home, '--plain-http', '--port', '0', '--json'], { timeout: 60_000 });
  await server.line((line) => line.includes('"ready"'));
  const shown = await json('peer', 'show', 'bob.test');
  expect(shown.memory).toEqual({ failure: null, addresses: [] });
  expect(schemaProblems('peer-show', shown)).toEqual([]);
  expect(schemaProblems('peer-forget', await json('peer', 'forget', 'bob.test'))).toEqual([]);
  const retried = await json('peer', 'retry', 'bob.test');
  expect(retried).toMatchObject({ peer: 'bob.test', byServer: true, parked: 0, reports: [] });
  expect(schemaProblems('peer-retry', retried)).toEqual([]);
  const { code, stderr } = await run('bans', 'list');
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'Nobody is banned.\n' });
  expect(await ends('bans', 'lift', '192.0.2.9')).toBe(0);
  expect(await json('status')).toMatchObject({ inbox: { refused: 0, bans: 0 } });
  server.child.kill('SIGTERM');
  await server.done;
});
