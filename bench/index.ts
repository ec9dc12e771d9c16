import { availableParallelism, cpus } from 'node:os';
import type { BenchResult } from './result.ts';

interface Benchmark {
  run(): Promise<BenchResult | BenchResult[]>;
}

/** In the order in which they run. */
const BENCHMARKS: Record<string, () => Promise<Benchmark>> = {
  startup: () => import('./startup.ts'),
  ci: () => import('./ci.ts'),
  verify: () => import('./verify.ts'),
  inbox: () => import('./inbox.ts'),
  me: () => import('./me.ts'),
  memory: () => import('./memory.ts'),
  journal: () => import('./journal.ts'),
  pages: () => import('./pages.ts'),
  growth: () => import('./growth.ts'),
  stalls: () => import('./stalls.ts'),
  'fan-out': () => import('./fan-out.ts'),
  bus: () => import('./bus.ts'),
};

/** Only when asked for by name: they take minutes or a gigabyte, and have no floor to be held against. */
const REPORTS: Record<string, () => Promise<Record<string, number>>> = {
  open: async () => (await import('./open.ts')).open(),
};

const arguments_ = process.argv.slice(2);
const json = arguments_.includes('--json');
const wanted = arguments_.filter((word) => !word.startsWith('--'));
const unknown = wanted.filter((name) => !Object.hasOwn({ ...BENCHMARKS, ...REPORTS }, name));
if (unknown.length > 0) {
  console.error(
    `There is no benchmark ${unknown.join(', ')}. There are: ${Object.keys({ ...BENCHMARKS, ...REPORTS }).join(', ')}`,
  );
  process.exit(2);
}

const results: BenchResult[] = [];
for (const [name, load] of Object.entries(BENCHMARKS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`${name} …`);
  results.push(...[await (await load()).run()].flat());
}
for (const name of wanted) {
  const report = REPORTS[name];
  if (report) console.log(JSON.stringify({ name, ...(await report()) }));
}
if (json) console.log(JSON.stringify(results));
else if (results.length > 0) print(results);
if (results.some(({ ok }) => !ok)) process.exitCode = 1;

function print(rows: BenchResult[]): void {
  console.log(
    `Node ${process.versions.node}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}\n`,
  );
  const number = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
  const cells = rows.map((row) => [
    row.name,
    `${number(row.value)} ${row.unit}`,
    `${number(row.floor)} ${row.unit}`,
    `${row.ratio.toFixed(2)} ×`,
    row.spread ? row.spread.map((ratio) => ratio.toFixed(2)).join('–') : '',
    `${['ms', 'MB'].includes(row.unit) ? '≤' : '≥'} ${row.target} ×`,
    row.ok ? 'ok' : 'MISSED',
  ]);
  const table = [['benchmark', 'measured', 'floor', 'ratio', 'rounds', 'target', ''], ...cells];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    );
}
