/** The output of `sandbox`. */
import type { ChalkInstance } from 'chalk';
import { shellWord } from '../../protocol/shell-word.ts';
import type { SandboxReady } from '../../sandbox/lifecycle/ready-report.ts';
import type { SandboxStatus, ServerStatus } from '../../sandbox/lifecycle/status.ts';
import { fieldLines } from './fields.ts';

/** The output of `sandbox up`. `tries`: suggested commands. */
export function renderReady(sandbox: SandboxReady, colors: ChalkInstance, tries: readonly string[]): string[] {
  return [
    `${colors.green('✓')} The sandbox is up: ${sandbox.dir}`,
    '',
    ...fieldLines([
      ['DNS', `${sandbox.dns.address} port ${sandbox.dns.port} (UDP, TCP)`],
      ['CA', sandbox.ca],
      ['network', sandbox.network],
    ]),
    ...sandbox.identities.flatMap(({ idTag, home, address, port, pid, curl }) => [
      '',
      `${colors.bold(idTag)}  https at ${address}:${port}, process ${pid}`,
      `  home  ${home}`,
      `  ${colors.cyan(curl)}`,
    ]),
    ...sandbox.members.flatMap(({ idTag, address, port, cert, key, curl }) => [
      '',
      `${colors.bold(idTag)}  somebody else's server at ${address}:${port}`,
      ...fieldLines([
        ['cert', cert],
        ['key', key],
      ]),
      `  ${colors.cyan(curl)}`,
    ]),
    ...(tries.length > 0 ? ['', 'Try:', ...tries.map((line) => `  ${line}`)] : []),
  ];
}

/** Commands to try in a new sandbox. `program`: the words that start this program. */
export function firstCommands({ identities }: SandboxReady, program: string): string[] {
  const [first, second] = identities;
  if (!first || !second) return [];
  // A home with several identities needs `--as`.
  const of = ({ idTag, home }: SandboxReady['identities'][number]) =>
    `--home ${shellWord(home)}${identities.some((one) => one.home === home && one.idTag !== idTag) ? ` --as ${idTag}` : ''}`;
  return [`follow ${second.idTag} ${of(first)}`, `relations ${of(second)}`].map((words) => `${program} ${words}`);
}

/** The output of `sandbox status`. */
export function renderStatus(status: SandboxStatus, colors: ChalkInstance): string[] {
  const mark = (good: boolean) => (good ? colors.green('✓') : colors.red('✗'));
  const width = Math.max(3, ...status.servers.map(({ idTag }) => idTag.length));
  const headline = status.up ? `up, process ${status.pid}` : 'down';
  return [
    `${mark(status.up)} ${status.dir}  ${headline}`,
    '',
    `  ${mark(status.dns.answers)} ${'DNS'.padEnd(width)}  ${status.dns.address}:${status.dns.port}`,
    ...status.servers.flatMap((server) => [
      `  ${mark(server.answers)} ${server.idTag.padEnd(width)}  ${server.address}:${server.port}  ${processText(server)}`,
      ...(server.error && status.up ? [`      ${server.error.code}: ${server.error.message}`] : []),
    ]),
    ...advice(status).flatMap((command) => ['', `  → ${command}`]),
  ];
}

/** How to start what is down. The server of a member is not the sandbox's to start. */
function advice({ up, dir, servers }: SandboxStatus): string[] {
  if (!up) return [`cloudillo sandbox up --dir ${shellWord(dir)}`];
  return servers.flatMap(({ home, answers, alive }) =>
    home === null || answers || alive ? [] : [`cloudillo serve --home ${shellWord(home)}`],
  );
}

function processText({ home, pid, alive, answers }: ServerStatus): string {
  if (home === null) return "somebody else's";
  if (pid === null) return 'not started';
  if (alive) return `process ${pid}`;
  return answers ? 'a process started by hand' : `process ${pid} is gone`;
}
