import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import table from '../../src/protocol/action-types.json' with { type: 'json' };
import { ALL_CASES } from '../../src/services/conformance/all-cases.ts';
import { PROJECT_ROOT } from '../support/run-cli.ts';
import { citationsOf, deadCitations, headingsOf } from './citations.ts';

const page = readFileSync(join(PROJECT_ROOT, 'docs/specification.md'), 'utf8');
const headings = headingsOf(page);

describe('citations of the specification', () => {
  const citations = ['src', 'test'].flatMap(sourcesIn).flatMap((name) => citationsOf(name, read(name)));

  it('name headings that exist', () => {
    expect(deadCitations(citations, headings)).toEqual([]);
    expect(citations.length).toBeGreaterThan(90);
  });

  it('are made by each case of conform', () => {
    expect(ALL_CASES.filter(({ section }) => !headings.includes(section)).map(({ name }) => name)).toEqual([]);
  });

  it('mean one heading each', () => {
    expect(headings.filter((heading, index) => headings.indexOf(heading) !== index)).toEqual([]);
  });

  it('are found across the lines of a comment, and told by their line', () => {
    const source = [
      '/**',
      ' * Signs (specification: Keys; Proof of',
      ' *   work).',
      ' */',
      '// (specification: Nowhere)',
    ].join('\n');
    const found = citationsOf('a.ts', source);
    expect(found.map(({ where, heading }) => `${where} ${heading}`)).toEqual([
      'a.ts:2 Keys',
      'a.ts:2 Proof of work',
      'a.ts:5 Nowhere',
    ]);
    expect(deadCitations(found, ['Keys', 'Proof of work'])).toEqual(['a.ts:5: unknown "Nowhere"']);
  });

  it.each([
    '(PROTOCOL.md, Keys)',
    'as The specification says',
    'specification: Keys',
    'see docs/specification.md, Keys',
  ])('are refused in another form: %s', (text) => {
    expect(deadCitations(citationsOf('a.ts', `// ${text}`), ['Keys'])).toHaveLength(1);
  });

  it('leave other specifications alone, and headings in examples aside', () => {
    expect(citationsOf('a.ts', '// The XDG specification (RFC 9110, 13.1.5)')).toEqual([]);
    expect(headingsOf('# A\n```\n# not one\n```\n## B\n')).toEqual(['A', 'B']);
  });
});

describe('the table of action types', () => {
  it('is that of the code', () => {
    expect(typeRows(page)).toEqual(Object.entries(table.types).map(([type, rule]) => rowOf(type, rule)));
  });
});

interface Rule {
  subtypes: string[];
  c: string;
  aud: string;
  p: string;
  a: string;
  sub: string;
  stranger: boolean;
  key?: string;
  content?: unknown;
}

function typeRows(text: string): string[][] {
  const section = text.slice(text.indexOf('\n### Action types\n'), text.indexOf('\n### Replacement\n'));
  const [block = ''] = /^\| type \|.*(?:\n\|.*)*/m.exec(section) ?? [];
  return block
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

function rowOf(type: string, rule: Rule): string[] {
  const fields = [rule.c, rule.aud, rule.p, rule.a, rule.sub].map((each) => ({ R: '**R**', '-': '–' })[each] ?? each);
  const key = rule.key === undefined ? '' : `\`${rule.key}\``;
  return [type, rule.subtypes.join(' '), ...fields, rule.stranger ? 'yes' : 'no', key, contentOf(rule.content)];
}

function contentOf(content: unknown): string {
  const {
    string,
    object,
    required = [],
  } = (content ?? {}) as {
    string?: number[];
    object?: Record<string, string>;
    required?: string[];
  };
  if (string) return `string, ${string.map((each) => each.toLocaleString('en')).join('–')} bytes`;
  if (!object) return '';
  const properties = Object.entries(object).map(([name, type]) => {
    const shown = type.replaceAll('|', '/').replaceAll('-', '–');
    return `${required.includes(name) ? `**${name}**` : name} (${shown})`;
  });
  return properties.length === 0 ? 'object' : `object: ${properties.join(', ')}`;
}

/** This folder is about citations: it has wrong ones to show that they are found. */
function sourcesIn(folder: string): string[] {
  return readdirSync(join(PROJECT_ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:[cm]?ts|cjs)$/.test(name))
    .map((name) => `${folder}/${name}`)
    .filter((name) => !name.startsWith('test/docs/'));
}

function read(name: string): string {
  return readFileSync(join(PROJECT_ROOT, name), 'utf8');
}
