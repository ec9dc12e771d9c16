import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CLI_PATH, PROJECT_ROOT } from '../../support/run-cli.ts';

/** `--version` on a Node that says that it is of this version. */
function run(node: string) {
  const pretend = `const { v8 } = process.versions;
    Object.defineProperty(process, 'versions', { value: { v8, node: '${node}' } });
    process.argv.splice(1, 0, 'run.js');
    require(${JSON.stringify(CLI_PATH)});`;
  return spawnSync(process.execPath, ['-e', pretend, '--', '--version'], { encoding: 'utf8' });
}

it('runs on the versions of Node that package.json names, and on no other', () => {
  const { engines } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8'));
  expect(engines.node).toBe('^20.19 || ^22.13 || >=23.5');
  for (const node of ['20.19.0', '20.20.2', '22.13.0', '22.23.3', '23.5.0', '24.0.0', '25.1.0']) {
    expect(run(node), node).toMatchObject({ status: 0, stderr: '' });
  }
  for (const node of ['18.20.0', '20.18.3', '21.7.3', '22.12.0', '23.4.0']) {
    const { status, stdout, stderr } = run(node);
    expect({ status, stdout }, node).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('needs Node 20.19, 22.13, 23.5 or newer');
  }
});
