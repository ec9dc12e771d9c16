/** Questions on the terminal. */
import { CloudilloError } from '../../protocol/errors.ts';

import { terminalLine } from '../output/foreign-text.ts';
import { holdStatus } from '../output/status-line.ts';

/** The questions that commands ask. */
export interface Prompts {
  text(question: string, options?: { default?: string; check?: (answer: string) => true | string }): Promise<string>;
  confirm(question: string, initial: boolean): Promise<boolean>;
  choose<V extends string>(question: string, choices: readonly V[]): Promise<V>;
  secret(question: string): Promise<string>;
}

/** Opens {@link Prompts} with inquirer, which is loaded only for a question. Questions go to stderr, because stdout is data. */
export async function openPrompts(): Promise<Prompts> {
  holdStatus();
  const { default: inquirer } = await import('inquirer');
  const ask = inquirer.createPromptModule({ output: process.stderr });
  const answerOf = async <A>(question: { message: string } & Record<string, unknown>): Promise<A> => {
    try {
      const answers = (await ask([
        { ...question, message: terminalLine(question.message), name: 'answer' },
      ] as never)) as { answer: A };
      return answers.answer;
    } catch (cause) {
      // Ctrl-C or a closed terminal at the prompt cancels the whole command.
      throw new CloudilloError('usage.cancelled', 'Cancelled at the prompt', { stage: 'input', cause });
    }
  };
  return {
    text: (message, { default: initial, check } = {}) =>
      answerOf({ type: 'input', message, ...(initial && { default: initial }), ...(check && { validate: check }) }),
    confirm: (message, initial) => answerOf({ type: 'confirm', message, default: initial }),
    choose: (message, choices) => answerOf({ type: 'select', message, choices: [...choices] }),
    secret: (message) => answerOf({ type: 'password', message }),
  };
}
