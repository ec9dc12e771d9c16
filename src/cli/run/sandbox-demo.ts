/** Runs the commands of `sandbox demo`. */
import { spawn } from 'node:child_process';
import type { CommandEnd } from '../../sandbox/lifecycle/demo.ts';
import { ownProgram } from '../process/program.ts';

/** Runs this program with these arguments and `--json`, and keeps its output. */
export function runForOutput(words: readonly string[]): Promise<CommandEnd> {
  return new Promise((resolve, reject) => {
    const [command, ...first] = ownProgram();
    const child = spawn(command, [...first, ...words, '--json', '--no-input'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, output: parseLines(text) }));
  });
}

/** Runs a command on the same terminal, and then with `--json`, where a result has to be compared. */
export async function runForEyes(words: readonly string[]): Promise<CommandEnd> {
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    const [command, ...first] = ownProgram();
    const child = spawn(command, [...first, ...words, '--no-input'], { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A command that only reads can be repeated. A second follow would be another action.
  const asks = words[0] !== 'follow';
  return exitCode === 0 && asks ? runForOutput(words) : { exitCode, output: null };
}

/** The object of an answer, or all objects of a list. */
function parseLines(text: string): unknown {
  const lines = text.split('\n').filter((line) => line !== '');
  const values = lines.map((line): unknown => JSON.parse(line));
  return values.length === 1 ? values[0] : values;
}
