/** The answer of a typed request, for output. */
import { isUtf8 } from 'node:buffer';
import type { PeerResponse } from '../../federation/http/peer-response.ts';
import type { AnswerOutput } from '../schemas/request.ts';
import { terminalLine } from './foreign-text.ts';

/** The body for standard output: as it came, or on a terminal as safe lines of text. */
export function bodyForOutput(body: Buffer, terminal: boolean): Buffer | string {
  if (!terminal || body.length === 0) return body;
  const lines = body.toString('utf8').split('\n').map(terminalLine);
  return lines.at(-1) === '' ? lines.join('\n') : `${lines.join('\n')}\n`;
}

/** The answer for `--json`: a JSON body as JSON, another text as text, anything else in base64. */
export function answerOutput({ url, status, headers, body, timings }: PeerResponse): AnswerOutput {
  return { url, status, headers, ...bodyOf(body, headers['content-type'] ?? ''), timings };
}

function bodyOf(body: Buffer, contentType: string): Pick<AnswerOutput, 'body' | 'bodyType'> {
  if (body.length === 0) return { bodyType: 'none', body: null };
  if (!isUtf8(body)) return { bodyType: 'base64', body: body.toString('base64') };
  const text = body.toString('utf8');
  if (!/[/+]json\b/.test(contentType)) return { bodyType: 'text', body: text };
  try {
    return { bodyType: 'json', body: JSON.parse(text) as unknown };
  } catch {
    return { bodyType: 'text', body: text }; // The body is announced as JSON and isn't JSON: it is shown as text.
  }
}
