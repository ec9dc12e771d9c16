import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Access, NO_ACCESS, parseAccess } from '../../../src/store/identities/access-document.ts';
import { AccessFiles } from '../../../src/store/identities/access-files.ts';
import { codeOf, temporaryHome } from '../../support/store-fixtures.ts';

const DATE = '2026-01-01T00:00:00.000Z';
const PASSWORD = { algorithm: 'scrypt', N: 32768, r: 8, p: 3, salt: 'A'.repeat(22), hash: 'A'.repeat(43), setAt: DATE };
const KEY = { keyId: 1, prefix: 'cl_AAAAAAAA', hash: 'A'.repeat(43), createdAt: DATE };
const FULL = {
  password: PASSWORD,
  apiKeys: [KEY, { ...KEY, keyId: 2, name: 'x', scopes: 'y', expiresAt: DATE, lastUsedAt: DATE }],
  lastKeyId: 3,
  epoch: 'x',
  keptSession: 'y',
  endedSessions: [{ sid: 'z', until: DATE }],
};

let path: string;
let files: AccessFiles;
beforeEach(async () => {
  const folder = join(await temporaryHome(), 'identities', 'alice.example');
  await mkdir(folder, { recursive: true });
  path = join(folder, 'access.json');
  files = new AccessFiles(() => path);
});

describe('access.json', () => {
  it('is as good as empty while there is none, and for its owner alone once there is', async () => {
    expect(await files.read('alice.example')).toEqual(NO_ACCESS);
    await files.update('alice.example', (access) => ({ ...access, epoch: 'x' }));
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ ...NO_ACCESS, epoch: 'x' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    // The next identity doesn't begin with what this one has.
    expect(NO_ACCESS).toEqual({ apiKeys: [], lastKeyId: 0, endedSessions: [] });
  });

  it('loses no change of many at once', async () => {
    const add = () => files.update('alice.example', (access) => ({ ...access, lastKeyId: access.lastKeyId + 1 }));
    await Promise.all(Array.from({ length: 20 }, add));
    expect((await files.read('alice.example')).lastKeyId).toBe(20);
    expect((await new AccessFiles(() => path).read('alice.example')).lastKeyId).toBe(20);
  });

  it('shows what another process wrote, and that it is gone', async () => {
    const other = new AccessFiles(() => path);
    await files.read('alice.example');
    await other.update('alice.example', (access) => ({ ...access, epoch: 'theirs' }));
    expect((await files.read('alice.example')).epoch).toBe('theirs');
    await files.update('alice.example', (access) => ({ ...access, lastKeyId: 7 }));
    expect(await other.read('alice.example')).toMatchObject({ epoch: 'theirs', lastKeyId: 7 });
    writeFileSync(path, JSON.stringify(FULL));
    expect(await files.read('alice.example')).toEqual(FULL);
  });

  it('stays as it was when a change fails', async () => {
    await files.update('alice.example', (access) => ({ ...access, epoch: 'x' }));
    const fail = () => {
      throw new RangeError('no');
    };
    await expect(files.update('alice.example', fail)).rejects.toThrow(RangeError);
    await expect(files.update('alice.example', (access) => ({ ...access, lastKeyId: -1 }))).rejects.toThrow();
    expect(await files.read('alice.example')).toEqual({ ...NO_ACCESS, epoch: 'x' });
  });

  it('is read again once it was mended', async () => {
    writeFileSync(path, '{');
    expect(await codeOf(files.read('alice.example'))).toBe('store.document');
    writeFileSync(path, JSON.stringify(FULL));
    expect(await files.read('alice.example')).toEqual(FULL);
    writeFileSync(path, '{"apiKeys":1}');
    expect(await codeOf(files.read('alice.example'))).toBe('store.document');
    expect(await codeOf(files.update('alice.example', (access) => access))).toBe('store.document');
    expect(readFileSync(path, 'utf8')).toBe('{"apiKeys":1}');
  });
});

describe('parseAccess', () => {
  it('takes what is right', () => {
    expect(parseAccess(structuredClone(FULL))).toEqual(FULL);
    expect(parseAccess({ ...NO_ACCESS })).toEqual(NO_ACCESS);
  });

  it.each([
    ['no object', []],
    ['null', null],
    ['an unknown field', { ...FULL, pasword: {} }],
    ['a password that is a text', { ...FULL, password: 'correct-horse-1' }],
    ['another algorithm', { ...FULL, password: { ...PASSWORD, algorithm: 'md5' } }],
    ['a cost that takes gigabytes', { ...FULL, password: { ...PASSWORD, N: 2 ** 30 } }],
    ['a cost that is no power of two', { ...FULL, password: { ...PASSWORD, N: 32767 } }],
    ['a cost that is nothing', { ...FULL, password: { ...PASSWORD, N: 2 } }],
    ['a hash that is cut off', { ...FULL, password: { ...PASSWORD, hash: 'AAAA' } }],
    ['no salt', { ...FULL, password: { ...PASSWORD, salt: '' } }],
    ['keys that are no list', { ...FULL, apiKeys: {} }],
    ['two keys of one number', { ...FULL, apiKeys: [KEY, KEY] }],
    ['a key whose number will be given out again', { ...FULL, lastKeyId: 1 }],
    ['a key in the clear', { ...FULL, apiKeys: [{ ...KEY, plaintextKey: 'cl_x' }] }],
    ['a date that is none', { ...FULL, apiKeys: [{ ...KEY, expiresAt: 'soon' }] }],
    ['an ended session without an end', { ...FULL, endedSessions: [{ sid: 'x' }] }],
  ])('refuses %s', (_what, json) => expect(() => parseAccess(structuredClone(json))).toThrow());

  it('any JSON is either right or refused with a reason', () => {
    const near = fc.record(
      {
        password: fc.oneof(fc.jsonValue(), fc.constant(PASSWORD)),
        apiKeys: fc.oneof(fc.jsonValue(), fc.array(fc.oneof(fc.jsonValue(), fc.constant(KEY)), { maxLength: 3 })),
        lastKeyId: fc.oneof(fc.jsonValue(), fc.nat(5)),
        endedSessions: fc.oneof(fc.jsonValue(), fc.constant([])),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), near), (json) => {
        let parsed: Access;
        try {
          parsed = parseAccess(structuredClone(json));
        } catch (error) {
          // A TypeError would be a fault of the parser.
          expect(error).toMatchObject({ name: 'Error', message: expect.stringMatching(/./) });
          return;
        }
        expect(parsed).toMatchObject({ apiKeys: expect.any(Array), lastKeyId: expect.any(Number) });
      }),
    );
  });
});
