/** The width of text on a terminal. */

/** Letters and symbols that take two columns (https://www.unicode.org/reports/tr11/, wide and fullwidth). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18aff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\p{Emoji}\ufe0f/u;
/** Nothing but marks and joiners. */
const NO_WIDTH = /^[\p{M}\p{Cf}]+$/u;
const ASCII = /^[ -~]*$/;
let segmenter: Intl.Segmenter | undefined;

/** How many columns a line of text takes. What a person sees as one character counts once, whatever it is made of. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of characters(text)) width += characterWidth(segment);
  return width;
}

/** The beginning of a line of text that takes at most `columns`. */
export function cutColumns(text: string, columns: number): string {
  if (ASCII.test(text)) return text.slice(0, columns);
  let width = 0;
  for (const { segment, index } of characters(text)) {
    width += characterWidth(segment);
    if (width > columns) return text.slice(0, index);
  }
  return text;
}

function characters(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

function characterWidth(character: string): number {
  return NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}

/** Fills a text with blanks up to a width in columns. */
export function padColumns(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}
