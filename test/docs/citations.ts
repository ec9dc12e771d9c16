/** A place in the code that cites docs/specification.md, or tries to. */
export interface Citation {
  /** Path and line: `src/protocol/keys.ts:12`. */
  where: string;
  /** The heading that is cited; `null` when the form is wrong. */
  heading: string | null;
  text: string;
}

/** The one form: `(specification: Heading)`, several with a semicolon between them. */
const FORM = /\(specification:\s*([^()]+)\)/g;
/** What must not be left beside that form: the page's old name, and the page without a heading. */
const WITHOUT_HEADING = /PROTOCOL\.md|\bthe specification\b|\bspecification:|\bspecification\.md\b/gi;

/**
 * The citations of one source file, in its order. A comment's line breaks count as spaces.
 * @param name as it is shown in `where`
 */
export function citationsOf(name: string, source: string): Citation[] {
  // Same length, so that an index still tells the line.
  const text = source.replace(/\n[ \t]*(?:\*|\/\/)(?=[ \t])/g, (mark) => ' '.repeat(mark.length));
  const at = (index: number) => `${name}:${source.slice(0, index).split('\n').length}`;
  const cited = [...text.matchAll(FORM)].flatMap(({ 0: whole, 1: headings = '', index }) =>
    headings
      .split(';')
      .map((heading) => ({ where: at(index), heading: heading.replace(/\s+/g, ' ').trim(), text: whole })),
  );
  const rest = text.replace(FORM, (whole) => ' '.repeat(whole.length));
  const wrong = [...rest.matchAll(WITHOUT_HEADING)].map(({ 0: whole, index }) => ({
    where: at(index),
    heading: null,
    text: whole,
  }));
  return [...cited, ...wrong];
}

/** The headings of a page, outside its blocks of code. */
export function headingsOf(page: string): string[] {
  const prose = page.replace(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => (heading as string).trim());
}

/** Citations that lead nowhere, for a person to read. */
export function deadCitations(citations: readonly Citation[], headings: readonly string[]): string[] {
  return citations
    .filter(({ heading }) => heading === null || !headings.includes(heading))
    .map(
      ({ where, heading, text }) =>
        `${where}: ${heading === null ? `no heading in "${text}"` : `unknown "${heading}"`}`,
    );
}
