// Counts the statements in src/, comments and schemas aside: `node scripts/count-statements.js [FOLDER]`.
// A layer whose count grows says why in its commit.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = process.argv[2] ?? join(import.meta.dirname, '../src');

/** Tables of fields, not code. */
const isSchema = (path) => path.split('/').includes('schemas');

/** Statements of a file, those inside of functions included; blocks and imports aside. */
function countStatements(path) {
  const source = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest);
  let count = 0;
  const visit = (node) => {
    const isStatement = node.kind >= ts.SyntaxKind.FirstStatement && node.kind <= ts.SyntaxKind.LastStatement;
    if (isStatement || ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) count += 1;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return count;
}

const layers = new Map();
for (const path of readdirSync(root, { recursive: true }).sort()) {
  if (!path.endsWith('.ts') || isSchema(path)) continue;
  const layer = path.split('/', 1)[0];
  layers.set(layer, (layers.get(layer) ?? 0) + countStatements(path));
}
let all = 0;
for (const [layer, count] of layers) {
  console.log(`${String(count).padStart(6)}  ${layer}`);
  all += count;
}
console.log(`${String(all).padStart(6)}  all`);
