import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { proverOf } from '../../../src/services/certificates/provers.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';

/** A command that notes what it is told, and takes long to add where it has to. */
function hookThat(adds: 'at once' | 'slowly') {
  const directory = temporaryDirectory('hook-');
  const [hook, notes] = [join(directory, 'hook'), join(directory, 'notes')];
  const wait = adds === 'slowly' ? '[ "$1" = add ] && exec sleep 60' : '';
  writeFileSync(hook, `#!/bin/sh\necho "$1 $2" >> '${notes}'\n${wait}\nexit 0\n`, { mode: 0o755 });
  const lines = () => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : []);
  const ending = new AbortController();
  const prover = proverOf({ settings: { acme: { dnsHook: hook, httpPort: 0 } } } as never, ending.signal);
  const show = () => prover.show('alice.test', { token: 'token', keyAuthorization: 'token.thumbprint' });
  return { show, ending, lines };
}

const BOTH = ['add _acme-challenge.alice.test', 'remove _acme-challenge.alice.test'];

it('removes the record also while the server stops', async () => {
  const { show, ending, lines } = hookThat('at once');
  const end = await show();
  ending.abort();
  await end();
  expect(lines()).toEqual(BOTH);
});

it('removes a record that was being made when the server stopped', async () => {
  const { show, ending, lines } = hookThat('slowly');
  const shown = expect(show()).rejects.toMatchObject({ name: 'AbortError' });
  await expect.poll(lines).toHaveLength(1);
  ending.abort();
  await shown;
  expect(lines()).toEqual(BOTH);
});
