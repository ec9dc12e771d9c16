import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ancestors, dnsName, isWithin, parentName } from '../../../src/federation/dns/name.ts';
import { errorOf } from '../../support/codes.ts';

const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?$/);
const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));

describe('dnsName', () => {
  it('compares names in one form', () => {
    expect(dnsName('Alice.TEST.')).toBe('alice.test');
    expect(dnsName('_dmarc.alice.test')).toBe('_dmarc.alice.test');
    expect(dnsName('.')).toBe('');
  });

  it.each([
    ['an empty label', 'a..test'],
    ['a leading dot', '.a.test'],
    ['64 octets in a label', `${'a'.repeat(64)}.test`],
    ['254 characters', Array.from({ length: 127 }, () => 'a').join('.') + 'bc'.slice(0, 1)],
    ['a U-label', 'münchen.test'],
    ['a space', 'a b.test'],
    ['a NUL', 'a\u0000.test'],
  ])('refuses %s', (_, text) => {
    expect(() => dnsName(text)).toThrow(expect.objectContaining({ code: 'dns.malformed' }));
  });

  it('shows no control character of a refused name', () => {
    const { code, message } = errorOf(() => dnsName('a\u001b[31m.test'));
    expect(code).toBe('dns.malformed');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it must not be there
    expect(message).not.toMatch(/[\u0000-\u001f]/);
  });
});

describe('the tree', () => {
  it('has every name below each of its ancestors, and the root on top', () => {
    fc.assert(
      fc.property(name, (child) => {
        const above = ancestors(child);
        expect(above.at(-1)).toBe('');
        expect(above.every((zone) => isWithin(child, zone))).toBe(true);
        expect(above.slice(1)).toEqual(ancestors(parentName(child) as string));
      }),
    );
  });

  it('goes by labels, not by letters', () => {
    expect(isWithin('malice.test', 'alice.test')).toBe(false);
    expect(isWithin('alice.test', 'cl-o.alice.test')).toBe(false);
  });
});
