import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');

/** Commands say in `summary` and `description` what they are for: the help and docs/commands.md are made from these. */
const modules = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.startsWith('commands/'))
  .sort();

/** The first words of a question. A comment states what a thing is: "Whether …". */
const QUESTION =
  /^\s*(?:\/\*\*|\*|\/\/) (?:Is|Are|Does|Do|Has|Have|May|Can|Did|Was|Were|Will|Who|What|Which|Where|How|Why)\b[^.:;]*\?(?:\s|$)/;

/** Faults of a module, with their lines. */
function faultsIn(name: string, text: string): string[] {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const faults = /^(?:\/\*\*|\/\/)/.test(text) ? [] : [`${name}:1 doesn't open with what it is for`];
  for (const statement of source.statements) {
    if (!isExported(statement) || isOfSchema(statement, source)) continue;
    if (ts.getJSDocCommentsAndTags(statement).length > 0) continue;
    faults.push(`${name}:${lineOf(statement.getStart())} exports something without a comment`);
  }
  for (const [index, line] of text.split('\n').entries()) {
    if (QUESTION.test(line)) faults.push(`${name}:${index + 1} asks a question in a comment`);
  }
  return faults;
}

function isExported(statement: ts.Statement): boolean {
  if (ts.isExportDeclaration(statement)) return false;
  return ts.canHaveModifiers(statement) && hasExport(ts.getModifiers(statement) ?? []);
}

function hasExport(modifiers: readonly ts.Modifier[]): boolean {
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

/** `type XOutput = Static<typeof x>`: the schema beside it has the comment. */
function isOfSchema(statement: ts.Statement, source: ts.SourceFile): boolean {
  return ts.isTypeAliasDeclaration(statement) && /\bStatic</.test(statement.type.getText(source));
}

describe('comments', () => {
  it('open each module, stand at each exported symbol, and state', () => {
    expect(modules.length).toBeGreaterThan(500);
    expect(modules.flatMap((name) => faultsIn(name, readFileSync(join(SRC, name), 'utf8')))).toEqual([]);
  });

  it.each([
    ['no opening', "import x from 'y';\n", ["a.ts:1 doesn't open with what it is for"]],
    ['no comment', '/** A. */\nimport "b";\nexport const one = 1;\n', ['a.ts:3 exports something without a comment']],
    ['a question', '/** A. */\n\n/** Is it one? */\nexport const one = 1;\n', ['a.ts:3 asks a question in a comment']],
    ['a good one', '/** A. */\n\n/** The first. */\nexport function one() {}\nexport type T = Static<typeof t>;\n', []],
  ])('are found to be missing: %s', (_, text, faults) => {
    expect(faultsIn('a.ts', text)).toEqual(faults);
  });
});
