import { answerOutput } from './request.ts';

/** What `get --json` writes. */
export const schema = answerOutput('get');
