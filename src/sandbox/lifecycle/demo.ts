/** The steps of `sandbox demo`. */
import { CloudilloError } from '../../protocol/errors.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import type { SandboxReady } from './ready-report.ts';

/** The end of a command. `output` is its JSON output, where a step needs it. */
export interface CommandEnd {
  exitCode: number | null;
  output: unknown;
}

/** One step of the demonstration. */
export interface DemoStep {
  step: 'fetch-profile' | 'follow' | 'relations';
  /** What the step shows, in words. */
  title: string;
  /** The arguments of the command. */
  words: string[];
  /** Whether the command did what the step shows, by its `--json` output. */
  shows(output: unknown): boolean;
}

/** The outcome of a step. */
export interface DemoResult {
  step: DemoStep['step'];
  title: string;
  /** The command as one would type it. */
  command: string;
  ok: boolean;
  exitCode: number | null;
  /** In milliseconds. */
  ms: number;
  output: unknown;
}

/** The identities of the demonstration. */
export const DEMO_IDENTITIES = ['alice.test', 'bob.test'] as const;

/** The steps: one identity reads the other's profile and follows it, and the other one has the follow. */
export function demoSteps({ identities }: SandboxReady): DemoStep[] {
  const homeOf = (idTag: string) => identities.find((one) => one.idTag === idTag)?.home ?? '';
  const [alice, bob] = DEMO_IDENTITIES;
  return [
    {
      step: 'fetch-profile',
      title: `What ${bob} publishes, over real DNS and TLS`,
      words: ['fetch-profile', bob, '--home', homeOf(alice)],
      shows: (output) => field(output, 'idTag') === bob,
    },
    {
      step: 'follow',
      title: `${alice} follows ${bob}, stage by stage`,
      words: ['follow', bob, '--home', homeOf(alice)],
      shows: () => true,
    },
    {
      step: 'relations',
      title: `What ${bob} knows now`,
      words: ['relations', '--home', homeOf(bob)],
      shows: (output) => JSON.stringify(output ?? null).includes(`"${alice}"`),
    },
  ];
}

/** Suggested commands after the demonstration. `program`: the words that start this program. */
export function demoCommands({ identities }: SandboxReady, program: string): string[] {
  const homeOf = (idTag: string) => shellWord(identities.find((one) => one.idTag === idTag)?.home ?? '');
  const [alice, bob] = DEMO_IDENTITIES;
  return [
    `follow ${alice} --home ${homeOf(bob)}`,
    `actions --home ${homeOf(bob)}`,
    `dns-check ${bob} --home ${homeOf(alice)}`,
    `unfollow ${bob} --home ${homeOf(alice)}`,
  ].map((words) => `${program} ${words}`);
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/**
 * Runs the steps one after the other with real commands.
 * @param run runs this program with these arguments
 * @param announce called before and after each step
 * @throws CloudilloError `check.demo` naming the step that failed
 */
export async function runDemo(
  steps: readonly DemoStep[],
  run: (words: readonly string[]) => Promise<CommandEnd>,
  announce: { before(step: DemoStep, words: string): void; after(result: DemoResult): void },
): Promise<void> {
  for (const step of steps) {
    const words = step.words.map(shellWord).join(' ');
    const command = `cloudillo ${words}`;
    announce.before(step, words);
    const start = performance.now();
    const { exitCode, output } = await run(step.words);
    const ok = exitCode === 0 && step.shows(output);
    const { title } = step;
    announce.after({
      step: step.step,
      title,
      command,
      ok,
      exitCode,
      ms: Math.round(performance.now() - start),
      output,
    });
    if (!ok) throw demoFailed(step, command, exitCode);
  }
}

function demoFailed({ step }: DemoStep, command: string, exitCode: number | null): CloudilloError {
  const how = exitCode === 0 ? 'ended well, but did not show what it should' : `ended with exit code ${exitCode}`;
  return new CloudilloError('check.demo', `The demonstration failed at "${step}": ${command} ${how}`, {
    stage: 'server',
    details: { step, command, exitCode },
  });
}
