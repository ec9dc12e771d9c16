import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli, startCli, temporaryDirectory } from '../../support/run-cli.ts';

async function newHome(): Promise<string> {
  const home = join(temporaryDirectory(), 'home');
  expect(await runCli(['init', 'alice.example.com', '--yes', '--home', home])).toMatchObject({ code: 0 });
  return home;
}

it('sixteen commands at one home at once all get their answer, whoever owns it', async () => {
  const home = await newHome();
  const commands = Array.from({ length: 16 }, (_, index) =>
    index % 2 === 0
      ? ['actions', '--json', '--home', home]
      : ['keygen', '--as', 'alice.example.com', '--rotate', '--json', '--home', home],
  );
  const runs = await Promise.all(commands.map((args) => runCli(args)));
  for (const { code, stderr } of runs) expect({ code, stderr }).toMatchObject({ code: 0 });
  const { json } = await runCli(['key', 'list', '--json', '--home', home]);
  expect(JSON.stringify(json).match(/"keyId"/g)).toHaveLength(1 + 8);
});

it('works the same while a server owns the home, and after that was killed', async () => {
  const home = await newHome();
  const keys = async () => {
    const { code, stdout } = await runCli(['key', 'list', '--json', '--home', home]);
    return { code, stdout };
  };
  const before = await keys();
  expect(before.code).toBe(0);
  const server = startCli(['serve', '--plain-http', '--port', '0', '--json', '--home', home]);
  await server.line((line) => line.includes('"port"'));
  expect(await keys()).toEqual(before);
  server.child.kill('SIGKILL');
  await server.done;
  expect(await keys()).toEqual(before);
  expect(readdirSync(home).filter((name) => name.startsWith('.own'))).toEqual([]);
});
