import type { PeerResponse } from '../../federation/http/peer-response.ts';
import type { Settings, SettingsInput } from '../../store/settings/settings.ts';
import type { RequestTarget } from '../flags/request-target.ts';
import { requestBody } from '../input/request-body.ts';
import { answerOutput, bodyForOutput } from '../output/show-answer.ts';
import type { AnswerOutput } from '../schemas/request.ts';
import { sendRequest } from './request-command.ts';

/** The flags of `post` that make a request. */
export interface PostRequestFlags {
  network?: string | undefined;
  timeout?: number | undefined;
  as?: string | undefined;
  header?: string[] | undefined;
  raw?: boolean | undefined;
  'content-type'?: string | undefined;
  'bearer-file'?: string | undefined;
}

/** Sends `--data` once. @returns the answer, as it is written with and without `--json` */
export async function postRequest(
  home: string,
  settingsWith: (flags: SettingsInput) => Promise<Settings>,
  target: RequestTarget,
  data: string,
  flags: PostRequestFlags,
): Promise<{ response: PeerResponse; output: AnswerOutput; body: string | Uint8Array }> {
  const { network, timeout, as, header = [], raw, 'content-type': contentType = 'application/json' } = flags;
  const body = await requestBody(data, { json: !raw && /[/+]json\b/.test(contentType) });
  const settings = await settingsWith({ network, 'request.timeout': timeout });
  const common = { method: 'POST' as const, target, headers: header, as, bearerFile: flags['bearer-file'] };
  const response = await sendRequest(home, settings, { ...common, body, contentType });
  return { response, output: answerOutput(response), body: bodyForOutput(response.body, process.stdout.isTTY) };
}
