import { expect, it } from 'vitest';
import { withAdvice } from '../../../src/cli/output/follow-outcome.ts';
import { peerError } from '../../../src/federation/http/peer-error.ts';
import { errorToObject } from '../../../src/protocol/errors.ts';

const NOW = Date.parse('2026-11-29T20:00:00Z');
const asked = { host: 'cl-o.bob.test', method: 'POST', path: '/api/inbox', status: 503, now: NOW, secrets: [] };
const refusal = JSON.stringify({ error: { code: 'E-SYS-UNAVAIL', message: 'later' } });

/** The hint beside a delivery that stays queued. */
function adviceOn(answer: { text: string; date?: string }): string | undefined {
  const error = errorToObject(peerError({ ...asked, ...answer }));
  const result = { as: 'alice.test', outcome: 'queued', error, stages: [] };
  return withAdvice(result, { home: '/h' } as never).error?.hint;
}

it('says beside a queued delivery what waiting alone does not mend', () => {
  expect(adviceOn({ text: refusal })).toMatch(/^It stays queued/);
  const page = adviceOn({ text: '<html>Checking your browser</html>' });
  expect(page).toMatch(/no answer of a Cloudillo server.*cloudillo doctor --home \/h bob\.test.*It stays queued/);
  const clock = adviceOn({ text: refusal, date: new Date(NOW + 600_000).toUTCString() });
  expect(clock).toMatch(/says 2026-11-29T20:00:00Z and that of cl-o\.bob\.test 2026-11-29T20:10:00Z.*It stays queued/);
});
