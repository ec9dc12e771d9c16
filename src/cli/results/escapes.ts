/** Makes text from elsewhere safe in each format of a report. Everything that a report quotes goes through here. */
import { escaped, printable } from '../../protocol/printable.ts';

/** Halves of characters, and what is no character: XML and UTF-8 can't hold them. */
const NO_CHARACTER = /[\ud800-\udfff\ufffe\uffff]/gu;

/** One line of printable text. Controls, line ends and what is no character are written as `\u001b`. */
export function plain(text: string): string {
  return printable(text).replace(NO_CHARACTER, escaped);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text of XML and HTML, also within quotes. */
export function markup(text: string): string {
  return plain(text).replace(/[&<>"']/g, (char) => ENTITIES[char] as string);
}

/** A description in TAP: a `#` would begin a directive. */
export function tapText(text: string): string {
  return plain(text).replace(/[\\#]/g, '\\$&');
}

/** Inline text of GitHub's Markdown: no emphasis, code, link, cell, formula or HTML of its own. */
export function markdown(text: string): string {
  return plain(text)
    .replace(/[\\`*_[\]|~<>&#$@!]/g, '\\$&')
    .replace(/:(?=\/\/)|(?<=www)\./gi, '\\$&');
}

/** The message of a GitHub workflow command. */
export function workflowText(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** A property of a GitHub workflow command. */
export function workflowProperty(text: string): string {
  return workflowText(plain(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
