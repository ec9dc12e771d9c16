import fc from 'fast-check';
import { expect, it } from 'vitest';
import { excerpt } from '../../../src/federation/http/text-excerpt.ts';

it('holds no control characters and is short, whatever a peer sends', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 1_000 }), (text) => {
      const shown = excerpt(text);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
      expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
      expect(shown.length).toBeLessThanOrEqual(301);
    }),
  );
});

it('holds no secret, wherever it stands', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.base64String({ minLength: 12, maxLength: 60 }),
      fc.string(),
      (before, secret, after) => {
        expect(excerpt(`${before}${secret}${after}`, [secret])).not.toContain(secret);
      },
    ),
  );
});

it('leaves short values alone: taking each "1" out would hide the text, not a secret', () => {
  expect(excerpt('page 1 of 11', ['1'])).toBe('page 1 of 11');
});
