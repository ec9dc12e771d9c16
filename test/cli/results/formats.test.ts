import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { annotations, stepSummary } from '../../../src/cli/results/github.ts';
import * as htmlFormat from '../../../src/cli/results/html.ts';
import * as jsonFormat from '../../../src/cli/results/json.ts';
import * as junitFormat from '../../../src/cli/results/junit.ts';
import * as markdownFormat from '../../../src/cli/results/markdown.ts';
import { countCases, type ResultCase, type ResultSuite } from '../../../src/cli/results/suite.ts';
import * as tapFormat from '../../../src/cli/results/tap.ts';
import { PROJECT_ROOT } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';

const whole =
  (parts: (suites: readonly ResultSuite[]) => Iterable<string>) =>
  (suites: readonly ResultSuite[]): string =>
    [...parts(suites)].join('');
const junit = whole(junitFormat.junit);
const tap = whole(tapFormat.tap);
const markdownReport = whole(markdownFormat.markdownReport);
const jsonReport = whole(jsonFormat.jsonReport);
const htmlReport = whole(htmlFormat.htmlReport);

/** A suite whose cases are a list. */
type ListedSuite = ResultSuite & { cases: ResultCase[] };

/** Text that means something in one of the formats, or nothing anywhere. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'\u0000\n\r\t\u001b\ud800\udfff\ufffe\uffff\u202e&<>"\'`|#\\*_[]()!:@%~,-{}') }),
  fc.constantFrom(']]>', '<!--', '</script>', '# SKIP', '# TODO', '::error::x', '...', '---', '1..0', 'Bail out!'),
);
const maybeText = fc.option(anyText, { nil: undefined });

const anyCase: fc.Arbitrary<ResultCase> = fc.record({
  name: anyText,
  section: maybeText,
  outcome: fc.constantFrom('passed', 'warning', 'failed', 'skipped'),
  code: maybeText,
  message: maybeText,
  evidence: fc.option(fc.array(anyText, { maxLength: 3 }), { nil: undefined }),
  hint: maybeText,
  durationMs: fc.nat(1e6),
  because: maybeText,
});
const anySuites: fc.Arbitrary<ListedSuite[]> = fc.array(
  fc.record({
    name: anyText,
    startedAt: fc.nat(4e12),
    durationMs: fc.nat(1e6),
    cases: fc.array(anyCase, { maxLength: 4 }),
  }),
  { maxLength: 3 },
);

const tool = spawnSync('xmllint', ['--version']).error === undefined;
const xmllint = (args: string[], input: string) =>
  spawnSync('xmllint', ['--noout', '--nonet', ...args, '-'], { input, encoding: 'utf8' });
const againstSchema = (xml: string) => {
  const { status, stderr } = xmllint(['--schema', join(PROJECT_ROOT, 'schemas/junit.xsd')], xml);
  return { status, stderr: status === 0 ? '' : stderr };
};

const one = (more: Partial<ResultCase>): ListedSuite => ({
  ...{ name: 'bob.test', startedAt: 1_790_000_000_000, durationMs: 12 },
  cases: [{ name: 'dns', outcome: 'passed', durationMs: 3, ...more }],
});

describe('any text in any field', () => {
  it.skipIf(!tool)('gives JUnit that its schema takes (needs xmllint, of libxml2-utils)', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(anySuites, (suites) => {
        expect(againstSchema(junit(suites))).toEqual({ status: 0, stderr: '' });
      }),
      { numRuns: 60 },
    );
  });

  it.skipIf(!tool)('gives HTML whose elements are ours (needs xmllint, of libxml2-utils)', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(anySuites, (suites) => {
        const html = htmlReport(suites);
        // Every void element is in the head. What follows is XML, too, when nothing in it is foreign.
        const body = html.slice(html.indexOf('<body>'), html.indexOf('</html>')).replaceAll('<br>', '<br/>');
        expect(xmllint([], `<?xml version="1.0"?>${body}`).stderr).toBe('');
        const cells = suites.flatMap(({ cases }) => cases).length * 4;
        expect(body.match(/<td/g)?.length ?? 0).toBe(cells);
        expect(body.match(/<(?!\/?(body|h2|p|small|table|tr|td|code|br)\b)/g)).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  it('gives TAP with one point a case, in which only a case that was not asked for is skipped', () => {
    fc.assert(
      fc.property(anySuites, (suites) => {
        const cases = suites.flatMap((suite) => suite.cases);
        const lines = tap(suites).split('\n');
        expect(lines[0]).toBe('TAP version 14');
        expect(lines.at(-1)).toBe('');
        expect(lines.at(-2)).toBe(`1..${cases.length}`);
        const points = lines.slice(1, -2).filter((line) => !line.startsWith('  '));
        expect(points).toHaveLength(cases.length);
        for (const [at, point] of points.entries()) {
          const { outcome, because } = cases[at] as ResultCase;
          const good =
            outcome === 'passed' || outcome === 'warning' || (outcome === 'skipped' && because === undefined);
          expect(point.startsWith(`${good ? 'ok' : 'not ok'} ${at + 1} - `)).toBe(true);
          // A backslash takes the meaning of the character after it.
          const directive = /#\s*(skip|todo)/i.test(point.replace(/\\./gu, ''));
          expect(directive).toBe(outcome === 'skipped' && because === undefined);
        }
        for (const line of lines.filter((text) => /^ {2}( {2}- |\w+: )/.test(text))) {
          expect(() => JSON.parse(line.replace(/^ {2}( {2}- |\w+: )/, ''))).not.toThrow();
        }
      }),
    );
  });

  it('gives Markdown with one row a case and four cells a row', () => {
    fc.assert(
      fc.property(anySuites, (suites) => {
        const rows = markdownReport(suites)
          .split('\n')
          .filter((line) => line.startsWith('| ') && !/^\| (\||---)/.test(line));
        expect(rows).toHaveLength(suites.flatMap(({ cases }) => cases).length);
        for (const row of rows) {
          const bare = row.replace(/\\./gu, '');
          expect(bare.match(/\|/g)).toHaveLength(5);
          expect(bare.replaceAll('<br>', '')).not.toMatch(/[<>*_[\]]|:\/\//);
        }
      }),
    );
  });

  it('gives annotations of one line each, and JSON that its schema takes', () => {
    fc.assert(
      fc.property(anySuites, (suites) => {
        for (const line of annotations(suites)) expect(line).toMatch(/^::(error|warning) title=[^:,\r\n]*::[^\r\n]*$/);
        expect(schemaProblems('results', JSON.parse(jsonReport(suites)))).toEqual([]);
        expect(jsonReport(suites).split('\n')).toHaveLength(2);
      }),
    );
  });
});

describe('what could not be made', () => {
  const cases: ResultCase[] = [
    { name: 'dns', outcome: 'failed', code: 'check.dns', message: 'no record', durationMs: 1 },
    { name: 'tcp', outcome: 'skipped', message: 'not made: see dns', durationMs: 0, because: 'dns' },
    { name: 'access', outcome: 'skipped', message: 'not signed in', durationMs: 0 },
    { name: 'clock', outcome: 'warning', message: 'late', durationMs: 0 },
    { name: 'keys', outcome: 'passed', durationMs: 0 },
  ];
  const suites = [{ ...one({}), cases }];

  it('is counted by itself, and never as passed', () => {
    expect(countCases(cases)).toEqual({ total: 5, passed: 1, warnings: 1, failed: 1, skipped: 1, notMade: 1 });
    expect(junit(suites)).toContain('tests="5" failures="1" errors="0" skipped="2"');
    expect(
      tap(suites)
        .split('\n')
        .filter((line) => /^(not )?ok/.test(line)),
    ).toEqual([
      'not ok 1 - bob.test dns',
      'not ok 2 - bob.test tcp',
      'ok 3 - bob.test access # SKIP not signed in',
      'ok 4 - bob.test clock # time=0ms',
      'ok 5 - bob.test keys # time=0ms',
    ]);
    const told = '1 of 5 passed, 1 failed, 1 warning, 1 not made, 1 skipped';
    expect(markdownReport(suites)).toContain(`### ✗ bob.test\n\n${told} in`);
    expect(htmlReport(suites)).toContain(told);
  });

  it('has no annotation beside that of its cause', () => {
    expect(annotations(suites)).toEqual([
      '::error title=bob.test dns::check.dns: no record',
      '::warning title=bob.test clock::late',
    ]);
  });
});

describe('GitHub', () => {
  it('gets ten annotations of a level at most, the last one saying how many are missing', () => {
    const cases = Array.from(
      { length: 14 },
      (_, at): ResultCase => ({ ...one({}).cases[0]!, name: `c${at}`, outcome: 'failed' }),
    );
    const lines = annotations([{ ...one({}), cases }]);
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe('::error title=cloudillo::5 more of this kind');
  });

  it('gets a message whose percent signs and lines are its own', () => {
    expect(annotations([one({ outcome: 'failed', message: '50%0A', evidence: ['a'], hint: 'b: c' })])).toEqual([
      '::error title=bob.test dns::50%250A%0Aa%0A→ b: c',
    ]);
  });

  it('gets a shorter summary, or none, where it has no room for the whole', () => {
    const big = {
      ...one({}),
      cases: Array.from({ length: 20_000 }, () => ({ ...one({}).cases[0]!, message: 'x'.repeat(80) })),
    };
    expect(stepSummary([big], 0)).toContain('Only the first cases that failed');
    expect(stepSummary([one({})], 0)).toContain('✓');
    expect(stepSummary([one({})], 1024 * 1024)).toBe('');
  });
});
