import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentId } from '../../src/protocol/content-id.ts';
import { chooseVariant, type Descriptor, formatDescriptor, parseDescriptor } from '../../src/protocol/descriptor.ts';
import { codeOf } from '../support/codes.ts';

const BLOB = 'b1~tgi7UfB1Gr3O4mamyv35g3lXn39YkWzb1e0U2yDJ2dc';
const FILE = 'f1~UwcffHSP7H-GYNJ1vSsMKzLHDhHONv4IIdCE3PVfmu8';
/** Of a document, such as an image in it names as its root. */
const DOCUMENT = 'dWd3o1hjmS6toLN1g6FDc472';

const whole = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const variant = (name: string) =>
  fc.record(
    {
      name: fc.constant(name),
      blobId: fc.uint8Array().map((bytes) => contentId('b1', bytes)),
      format: fc.constantFrom('webp', 'bin', 'mp4', 'x-y.z'),
      size: whole,
      width: whole,
      height: whole,
      duration: fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
      bitrate: fc.integer({ min: 1, max: 1e6 }),
      pages: fc.integer({ min: 1, max: 1e6 }),
    },
    { requiredKeys: ['name', 'blobId', 'format', 'size', 'width', 'height'] },
  );
const names = fc.uniqueArray(
  fc.constantFrom('orig', 'tn', 'vis.tn', 'vis.sd', 'vid.hd', 'aud.md', 'doc.orig', 'new1.zz'),
);
const descriptor = fc.record(
  {
    version: fc.constantFrom(1, 2),
    root: fc.constantFrom(FILE, DOCUMENT),
    variants: names.chain((list) => fc.tuple(...list.map(variant))),
  },
  { requiredKeys: ['version', 'variants'] },
) as fc.Arbitrary<Descriptor>;

test('what is written reads back, and is written the same again', () => {
  fc.assert(
    fc.property(descriptor, (value) => {
      const text = formatDescriptor(value);
      expect(parseDescriptor(text)).toEqual(value);
      expect(formatDescriptor(parseDescriptor(text))).toBe(text);
    }),
  );
});

test('keys stand in any order, unknown ones are ignored', () => {
  const expected = parseDescriptor(`d2,vid.hd:${BLOB}:f=mp4:s=9:r=3x4:dur=1.5:br=7:pg=2`);
  expect(expected.variants[0]).toEqual({
    name: 'vid.hd',
    blobId: BLOB,
    format: 'mp4',
    size: 9,
    width: 3,
    height: 4,
    duration: 1.5,
    bitrate: 7,
    pages: 2,
  });
  expect(parseDescriptor(`d2,vid.hd:${BLOB}:pg=2:zz=1:r=3x4:br=7:flag:dur=1.5:s=9:f=mp4`)).toEqual(expected);
});

test('the legacy form', () => {
  const { version, variants } = parseDescriptor(`d1~tn:${BLOB}:f=webp:s=2:r=1x1,sd:${BLOB}:s=3:r=2x2`);
  expect(version).toBe(1);
  expect(variants.map(({ name, format }) => [name, format])).toEqual([
    ['tn', 'webp'],
    ['sd', 'avif'],
  ]);
});

test('a root, and a file without variants', () => {
  expect(parseDescriptor(`d2,R=${FILE};orig:${BLOB}:f=bin:s=1:r=0x0`)).toMatchObject({
    root: FILE,
    variants: [{ name: 'orig' }],
  });
  expect(parseDescriptor(`d2,R=${DOCUMENT};orig:${BLOB}:f=bin:s=1:r=0x0`)).toMatchObject({ root: DOCUMENT });
  expect(parseDescriptor('d2,')).toEqual({ version: 2, variants: [] });
});

describe('refuses', () => {
  const entry = (rest: string) => `d2,orig:${BLOB}${rest}`;
  test.each([
    '',
    'd3,x',
    'd2',
    'd2,orig',
    `d2,orig:${FILE}:f=bin:s=1:r=0x0`,
    'd2,orig:b1~abc123:f=bin:s=1:r=0x0',
    `d2,:${BLOB}:f=bin:s=1:r=0x0`,
    `d2,../x:${BLOB}:f=bin:s=1:r=0x0`,
    entry(''),
    entry(':f=bin:r=0x0'),
    entry(':f=bin:s=1'),
    entry(':f=bin:s=-1:r=0x0'),
    entry(':f=bin:s=1.5:r=0x0'),
    entry(':f=bin:s=1e3:r=0x0'),
    entry(':f=bin:s=0x10:r=0x0'),
    entry(':f=bin:s=99999999999999999999:r=0x0'),
    entry(':f=bin:s=1:s=2:r=0x0'),
    entry(':f=bin:s=1:r=0'),
    entry(':f=bin:s=1:r=1x2x3'),
    entry(':f=bin:s=1:r=x'),
    entry(':f=:s=1:r=0x0'),
    entry(':f=a/b:s=1:r=0x0'),
    entry(':f=bin:s=1:r=0x0:dur=-1'),
    entry(':f=bin:s=1:r=0x0:dur=NaN'),
    entry(':f=bin:s=1:r=0x0:dur='),
    entry(':f=bin:s=1:r=0x0:br=x'),
    entry(':f=bin:s=1:r=0x0;'),
    `${entry(':f=bin:s=1:r=0x0')};orig:${BLOB}:f=bin:s=1:r=0x0`,
    `d2,R=${BLOB};orig:${BLOB}:f=bin:s=1:r=0x0`,
    `d2,R=../${DOCUMENT};orig:${BLOB}:f=bin:s=1:r=0x0`,
    `d2,R=;orig:${BLOB}:f=bin:s=1:r=0x0`,
    `d2,${'x'.repeat(70_000)}`,
  ])('%s', (text) => {
    expect(codeOf(() => parseDescriptor(text))).toBe('peer.descriptor');
  });

  test('a changed byte in an ID, or says something else', () => {
    const text = entry(':f=bin:s=12:r=0x0');
    for (let at = 0; at < text.length; at++) {
      const changed = `${text.slice(0, at)}~${text.slice(at + 1)}`;
      if (changed === text) continue;
      let parsed: Descriptor | null = null;
      try {
        parsed = parseDescriptor(changed);
      } catch {
        continue; // Refused, as it should be.
      }
      expect(parsed).not.toEqual(parseDescriptor(text));
    }
  });
});

describe('chooseVariant', () => {
  const of = (...list: string[]) =>
    parseDescriptor(`d2,${list.map((name) => `${name}:${BLOB}:f=webp:s=1:r=1x1`).join(';')}`);
  const choose = (value: Descriptor, wanted?: string) => chooseVariant(value, wanted)?.name ?? null;

  test.each([
    [undefined, 'orig'],
    ['orig', 'orig'],
    ['vis.tn', 'vis.tn'],
    ['tn', 'vis.tn'],
    ['sd', 'vis.tn'],
    ['vis.xd', 'vis.tn'],
    ['vid.tn', null],
    ['hd', 'vis.tn'],
    ['nope', null],
    ['constructor', null],
    ['', null],
  ])('%s of an image gives %s', (wanted, name) => {
    expect(choose(of('orig', 'vis.tn'), wanted)).toBe(name);
  });

  test('without the original, the best there is', () => {
    expect(choose(of('vis.tn', 'vis.hd', 'vis.sd'))).toBe('vis.hd');
    expect(choose(of())).toBeNull();
  });

  test('old descriptors have no class: they are visual', () => {
    expect(choose(of('tn', 'sd'), 'vis.sd')).toBe('sd');
    expect(choose(of('tn', 'sd'), 'aud.sd')).toBeNull();
  });

  test('a raw file has nothing smaller', () => {
    expect(choose(of('orig'), 'tn')).toBeNull();
  });
});
