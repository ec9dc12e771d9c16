import { describe, expect, it } from 'vitest';
import { diskError } from '../../../src/store/disk/disk-errors.ts';

const failed = (code: string) => diskError(Object.assign(new Error(code), { code }), 'write the home', '/srv/home');

describe('diskError', () => {
  it.each([
    ['ENOSPC', 'store.full', /Free space/],
    ['EDQUOT', 'store.full', /Free space/],
    ['EROFS', 'store.read-only', /findmnt/],
    ['EACCES', 'store.io', /may write to/],
    ['EIO', 'store.io', /disk errors/],
  ])('%s is %s, with what to do about it', (errno, code, hint) => {
    expect(failed(errno)).toMatchObject({ code, retryable: true, hint: expect.stringMatching(hint) });
  });
});
