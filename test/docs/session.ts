/** A command of a session, with what the page shows of its output. */
export interface Step {
  /** The word before the `$`: whose terminal it is; empty for the page's first identity. */
  who: string;
  command: string;
  /** Lines of standard output and standard error as they come, ends of lines cut off. */
  output: string[];
  /** Line in the page, for the failure. */
  line: number;
}

/** A page's session: where it runs, and what is typed. */
export interface Session {
  /** Identities of the sandbox that it runs in; empty: an empty home. */
  idTags: string[];
  steps: Step[];
}

const OPENING = /^<!-- session:\s*(.*?)\s*-->$/;
const FENCE = /^```(\S*)\s*(.*)$/;
const PROMPT = /^(\w*)\$ (.*)$/;

/**
 * Reads the session of a page: an HTML comment `<!-- session: alice.test bob.test -->` (or `<!-- session: -->` for an empty
 * home), then every block that is fenced as "console session". A prompt may say whose terminal it is: `bob$ cloudillo …`.
 * @returns null when the page has none
 */
export function readSession(markdown: string): Session | null {
  let idTags: string[] | null = null;
  let block: 'session' | 'other' | null = null;
  const steps: Step[] = [];
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = FENCE.exec(line);
    if (fence) {
      block = block === null ? (fence[1] === 'console' && fence[2] === 'session' ? 'session' : 'other') : null;
      continue;
    }
    const opening = block === null ? OPENING.exec(line) : null;
    if (opening) idTags = (opening[1] ?? '').split(/\s+/).filter((name) => name !== '');
    if (block !== 'session') continue;
    const prompt = PROMPT.exec(line);
    const before = steps.at(-1);
    if (prompt) steps.push({ who: prompt[1] ?? '', command: prompt[2] ?? '', output: [], line: index + 1 });
    else if (before?.command.endsWith('\\')) before.command = `${before.command}\n${line}`;
    else before?.output.push(line.trimEnd());
  }
  if (idTags === null && steps.length > 0) throw new Error('the page has session blocks, and no <!-- session: … -->');
  return idTags === null ? null : { idTags, steps };
}

/**
 * What stands for itself in a page: what is bound to one value on its first appearance, and has to be that value later. The last is
 * a key's ID: the day on which it was made.
 */
const NAMES = /\b[abf]1~[\w-]{43}|SHA256:[\w+/]{43}|\bcl_[\w-]{8,}|\b2\d{5}[a-z]?\b/g;
/** What differs from run to run and means nothing. */
const PASSING: readonly [RegExp, string][] = [
  [/\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?| \d\d:\d\d(:\d\d)?)Z/g, '<time>'],
  [/\b\d{4}-\d\d-\d\d\b/g, '<date>'],
  [/\b\d+ (s|min|h|d|days?|hours?|minutes?|seconds?) ago\b|(?<=\brevoked |\()now\b/g, '<ago>'],
  [/\b(in|for) \d+ (s|min|h|d|days?|hours?|minutes?|seconds?)\b/g, '$1 <span>'],
  [/\b\d+(\.\d+)? (ms|s)\b|\btime=(\d+ms\b|"[\d.]+")/g, '<duration>'],
  [/\b1[5-9]\d{8}\b/g, '<unix time>'],
  [/\bMHYw[\w+/…]+/g, '<public key>'],
  [/\bCloudillo sandbox [0-9a-f]{8}/g, 'Cloudillo sandbox <id>'],
  [/"reqId":"[\w-]+"/g, '"reqId":"<id>"'],
  [/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>'],
  [/ {2,}/g, '  '],
];

/** Compares what a page shows with what was printed, and remembers which name of the page stands for which of the run. */
export class Comparison {
  readonly #real = new Map<string, string>();

  /** A command of the page with this run's IDs in it. */
  command(text: string): string {
    return text.replaceAll(NAMES, (name) => this.#real.get(name) ?? name);
  }

  /**
   * `…` stands for any text within a line, and on a line of its own for any number of lines.
   * @returns why the output isn't what the page shows, or null
   */
  difference(shown: readonly string[], printed: readonly string[]): string | null {
    let at = 0;
    for (let index = 0; index < shown.length; index += 1) {
      const line = shown[index] as string;
      if (line.trim() === '…') {
        const next = shown[index + 1];
        if (next === undefined) return null;
        while (at < printed.length && !this.#matches(next, printed[at] as string)) at += 1;
        continue;
      }
      const found = printed[at];
      if (found === undefined) return `the output ends before: ${line}`;
      if (!this.#matches(line, found)) return `shown:   ${line}\nprinted: ${found}`;
      at += 1;
    }
    return at < printed.length ? `not shown: ${printed[at]}` : null;
  }

  #matches(shown: string, printed: string): boolean {
    const names = new Map<string, string>();
    const pattern = plain(shown)
      .split(NAMES)
      .map((part) => part.split('…').map(escaped).join('.*'));
    const found = new RegExp(`^${pattern.join(`(${NAMES.source})`)}$`).exec(plain(printed));
    if (!found) return false;
    for (const [index, name] of [...shown.matchAll(NAMES)].entries()) {
      const real = found[index + 1] as string;
      if ((this.#real.get(name[0]) ?? names.get(name[0]) ?? real) !== real) return false;
      names.set(name[0], real);
    }
    for (const [name, real] of names) this.#real.set(name, real);
    return true;
  }
}

function plain(line: string): string {
  return PASSING.reduce((text, [pattern, by]) => text.replaceAll(pattern, by), line.trimEnd());
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
