import { describe, expect, it } from 'vitest';
import { terminalLine } from '../../../src/cli/output/foreign-text.ts';
import { prettyLog } from '../../../src/server/http/pretty-log.ts';
import { PLANT, RAW } from '../../cli/render/planted.ts';

describe('prettyLog', () => {
  it('lets nothing through that a peer planted in the message, a field, a name or an error', async () => {
    const shown = await prettyLog(terminalLine);
    const err = { type: 'Error', message: PLANT, stack: `Error: ${PLANT}\n    at x` };
    const text = shown(`${JSON.stringify({ level: 40, time: 0, msg: PLANT, [PLANT]: PLANT, list: [PLANT], err })}\n`);
    expect(text).toMatch(/WARN: plant.*\n/);
    expect(text).not.toMatch(RAW);
    expect(text).toContain('\\u001b]0;t\\u0007');
  });
});
