/** Hints of answers that are no success: each is about what was asked. */
import { expect, it } from 'vitest';
import { peerError } from '../../../src/federation/http/peer-error.ts';
import { peerUrl } from '../../../src/federation/peer/peer-url.ts';
import { startLab } from '../../support/lab.ts';

it.each([
  ['POST', 404, /hosted there.*cloudillo doctor bob\.test/, /--as/],
  ['GET', 404, /may you read it \(--as\)/, /hosted/],
  ['GET', 403, /drops the header Authorization: cloudillo doctor bob\.test/, /hosted/],
  ['POST', 403, /may not do this there/, /Authorization/],
])('the hint of %s answered %i', (method, status, says, doesNot) => {
  const text = '{"error":{"code":"E-X","message":"no"}}';
  const { hint } = peerError({ host: 'cl-o.bob.test', method, path: '/x', status, text, now: 0, secrets: [] });
  expect(hint).toMatch(says);
  expect(hint).not.toMatch(doesNot);
});

it.each([
  ['https://sso.example.com/login?next=x', /asks for a login/],
  ['/oauth2/start', /asks for a login/],
  ['https://portal.example.com/', /asks for a login/],
  ['https://www.alice.test/api/me', /use the name it redirects to/],
])('the hint of a redirect to %s', async (location, says) => {
  const lab = await startLab();
  await lab.peer('alice.test', (_, response) => void response.writeHead(302, { location }).end());
  const failed = lab.requester.get(peerUrl('alice.test', '/api/me'));
  await expect(failed).rejects.toMatchObject({ code: 'network.redirect', hint: expect.stringMatching(says) });
});
