import { describe, expect, it } from 'vitest';
import { setHomeSetting } from '../../../src/services/home/set-setting.ts';
import { openConfig } from '../../../src/store/settings/config-file.ts';
import { codeOfAsync } from '../../support/codes.ts';
import { startLab } from '../../support/lab.ts';
import { ownInstance } from '../../support/own-instance.ts';

const setUp = async () => ownInstance(await startLab());
const config = async (home: string) => (await openConfig(home)).data;

describe('setHomeSetting', () => {
  it('writes, tells what it is now, and takes out again', async () => {
    const own = await setUp();
    const change = await setHomeSetting(own, { name: 'listen.port', value: '9443' });
    expect(change).toMatchObject({ changed: true, restart: false, setting: { value: 9443, origin: 'config' } });
    expect(await setHomeSetting(own, { name: 'listen.port', value: '9443' })).toMatchObject({ changed: false });
    expect(await config(own.home)).toEqual({ 'listen.port': 9443 });
    const undone = await setHomeSetting(own, { name: 'listen.port', value: null });
    expect(undone).toMatchObject({ changed: true, setting: { value: 8443, origin: 'default' } });
    expect(await setHomeSetting(own, { name: 'listen.port', value: null })).toMatchObject({ changed: false });
    expect(await config(own.home)).toEqual({});
  });

  it('loses nothing when several are set at once', async () => {
    const own = await setUp();
    const values = { 'listen.port': '9443', followers: 'false', connectionMode: 'accept', 'inbox.queue': '7' };
    await Promise.all(Object.entries(values).map(([name, value]) => setHomeSetting(own, { name, value })));
    expect(await config(own.home)).toEqual({
      'listen.port': 9443,
      followers: false,
      connectionMode: 'accept',
      'inbox.queue': 7,
    });
  });

  it('tells a running server at once what it can take at once, and of the rest that it needs a restart', async () => {
    const own = await setUp();
    own.server.facts = { pid: 1, url: 'https://127.0.0.1:8443', startedAt: 0 };
    expect(await setHomeSetting(own, { name: 'connectionMode', value: 'accept' })).toMatchObject({ restart: false });
    expect(own.settings.connectionMode).toBe('accept');
    expect(await setHomeSetting(own, { name: 'inbox.queue', value: '5' })).toMatchObject({ restart: true });
    expect(own.settings.inbox.queue).toBe(1024);
    expect(await setHomeSetting(own, { name: 'inbox.queue', value: '5' })).toMatchObject({ restart: false });
  });

  it.each([
    ['listen.prt', '1'],
    ['__proto__', '1'],
    ['listen.port', 'abc'],
    ['listen.port', '65536'],
    ['listen.port', '1e3'],
    ['followers', 'yes'],
    ['connectionMode', 'maybe'],
    ['defaultVisibility', 'X'],
  ])('refuses %s = %s and changes nothing', async (name, value) => {
    const own = await setUp();
    expect(await codeOfAsync(setHomeSetting(own, { name, value }))).toBe('usage.setting');
    expect(await config(own.home)).toEqual({});
  });
});
