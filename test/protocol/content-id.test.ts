import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionId, blobId, contentHash, contentId, fileId, isContentId } from '../../src/protocol/content-id.ts';

test('the recorded file: a blob, its descriptor, its file ID', () => {
  expect(blobId(Buffer.from('Hello, file\n'))).toBe('b1~tgi7UfB1Gr3O4mamyv35g3lXn39YkWzb1e0U2yDJ2dc');
  expect(fileId('d2,orig:b1~tgi7UfB1Gr3O4mamyv35g3lXn39YkWzb1e0U2yDJ2dc:f=bin:s=12:r=0x0')).toBe(
    'f1~UwcffHSP7H-GYNJ1vSsMKzLHDhHONv4IIdCE3PVfmu8',
  );
});

test('every ID is well-formed, for its own prefix only', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const id = blobId(bytes);
      expect(isContentId(id)).toBe(true);
      expect(isContentId(id, 'b1')).toBe(true);
      expect(isContentId(id, 'f1')).toBe(false);
    }),
  );
});

test('chunk by chunk gives the same ID', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
      const hash = contentHash('f1');
      for (const chunk of chunks) hash.update(chunk);
      expect(hash.id()).toBe(contentId('f1', Buffer.concat(chunks)));
    }),
  );
});

test('one changed character is another ID', () => {
  expect(actionId('a.b.c')).not.toBe(actionId('a.b.d'));
});

test.each([
  '',
  'a1~',
  'a1~x',
  '@14',
  'c1~tgi7UfB1Gr3O4mamyv35g3lXn39YkWzb1e0U2yDJ2dc',
  'b1~tgi7UfB1Gr3O4mamyv35g3lXn39YkWzb1e0U2yDJ2dd', // non-zero trailing bits: another spelling of the same hash
  'b1~tgi7UfB1Gr3O4mamyv35g3lXn39YkWzb1e0U2yDJ2dc=',
  'b1~tgi7UfB1Gr3O4mamyv35g3lXn39YkWzb1e0U2yDJ2dc\n',
  'b1~../../../../../../../../../etc/passwd/xxxxxxxx',
])('%j is no ID', (value) => {
  expect(isContentId(value)).toBe(false);
});
