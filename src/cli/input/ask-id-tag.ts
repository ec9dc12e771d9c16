/** Asks for an idTag. */
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { Prompts } from './prompts.ts';

/** Asks for an idTag until the answer is valid. */
export function askIdTag(prompts: Prompts): Promise<string> {
  return prompts.text('Identity (a DNS name of yours)', {
    check: (answer) => {
      try {
        parseIdTag(answer);
        return true;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  });
}
