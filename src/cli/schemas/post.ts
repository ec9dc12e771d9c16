import { answerOutput } from './request.ts';

/** What `post --json` writes. */
export const schema = answerOutput('post');
