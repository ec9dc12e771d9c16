/** One process can hold several homes: nothing that changes hangs on a module. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/** Layers of which a process holds one instance a home. */
const LAYERS = ['services', 'federation', 'store', 'server'];

/** What may change all the same, and why. */
const ALLOWED: Readonly<Record<string, string>> = {
  'src/server/openapi/registered-routes.ts inert': 'holds nothing',
  'src/services/auth/password-hash.ts gate':
    'bounds the threads and the memory that the process has, for all its homes',
  'src/store/index/delivery-table.ts PAIR': 'written and read in one step, nothing stays in it',
  'src/store/index/delivery-table.ts PAIR_BYTES': 'the same bytes',
  'src/store/index/prepare.ts PAYLOAD': 'written and read in one step, nothing stays in it',
  'src/store/turns/slices.ts TURNS': 'the event loop is the process’s: all its homes share the turns',
  'src/store/index/references.ts DIGEST': 'written and read in one step, nothing stays in it',
};

/** Makers of something that nobody can change. */
const HARMLESS_CALLS =
  /^(Type\.|StageList\.of|envelopeOf|listOf|oneOf|nullable|Object\.(keys|values|entries|freeze)|deliveryPause|Symbol|'.*'\.repeat|setting)/;
const HARMLESS_CLASSES = /^(TextEncoder|RegExp)$/;

/** What a file has at its top level that can change while the process runs. */
function changingIn(path: string, text = readFileSync(path, 'utf8')): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return source.statements.filter(ts.isVariableStatement).flatMap(({ declarationList }) =>
    declarationList.declarations
      .filter((declaration) => {
        if (!(declarationList.flags & ts.NodeFlags.Const)) return true;
        const { type, initializer } = declaration;
        if (type && /^(Readonly|readonly )/.test(type.getText())) return false;
        return initializer !== undefined && isChanging(initializer);
      })
      .map(({ name }) => `${path} ${name.getText()}`),
  );
}

function isChanging(given: ts.Expression): boolean {
  let expression = given;
  while (ts.isAsExpression(expression) || ts.isSatisfiesExpression(expression)) expression = expression.expression;
  if (ts.isCallExpression(expression)) return !HARMLESS_CALLS.test(expression.getText());
  if (!ts.isNewExpression(expression)) return false;
  const name = expression.expression.getText();
  // A set or a map that is filled where it is made is a table; one that begins empty is a memory.
  if (['Set', 'Map'].includes(name)) return (expression.arguments?.length ?? 0) === 0;
  return !HARMLESS_CLASSES.test(name);
}

function filesOf(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesOf(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

describe('state at the top level of a module', () => {
  it('is found', () => {
    const text = [
      'let count = 0;',
      'const known = new Map<string, number>();',
      'const byStore = new WeakMap<object, number>();',
      "const TABLE = new Set(['a']);",
      'const queue = createQueue();',
      'export const LIMIT = 3;',
    ].join('\n');
    expect(changingIn('a.ts', text)).toEqual(['a.ts count', 'a.ts known', 'a.ts byStore', 'a.ts queue']);
  });

  it('is nowhere but where it does no harm', () => {
    const files = LAYERS.flatMap((layer) => filesOf(join('src', layer)));
    expect(files.length).toBeGreaterThan(300);
    expect(files.flatMap((path) => changingIn(path)).sort()).toEqual(Object.keys(ALLOWED).sort());
  });
});
