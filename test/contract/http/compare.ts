import type { LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { type Exchange, payloadOf } from './recording.ts';

/** What every recorded answer has that ours must have, too. */
const HEADERS = ['content-type', 'accept-ranges', 'content-range', 'x-cloudillo-variant', 'x-cloudillo-variants'];

/** Fails unless the answer is the recorded one: status, headers that mean something, and the body. */
export function expectRecorded(answer: LightMyRequestResponse, { name, response }: Exchange): void {
  expect([name, answer.statusCode]).toEqual([name, response.status]);
  const pick = (headers: Record<string, unknown>) =>
    Object.fromEntries(HEADERS.filter((header) => header in headers).map((header) => [header, headers[header]]));
  expect(pick(answer.headers)).toEqual(pick(response.headers));
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  if ('etag' in response.headers) expect(answer.headers.etag).toMatch(/^"[^"]+"$/);
  if (response.json === undefined) {
    // The recorder kept no bytes of images.
    if (response.text !== '<binary>') expect(answer.body).toBe(response.text ?? '');
    return;
  }
  const caching = response.headers['cache-control'];
  if (caching !== undefined) expect(answer.headers['cache-control']).toBe(caching);
  expect(comparable(answer.json())).toEqual(comparable(response.json));
}

/** Without what differs from one call to the next, or by what ours adds (specification: Different answers). */
export function comparable(json: Record<string, unknown>): unknown {
  const { reqId, ...rest } = json;
  if ('data' in json) expect(reqId).toEqual(expect.any(String));
  // Words are for people; codes are for programs.
  if ('error' in rest) return { error: { ...(rest['error'] as object), message: '' } };
  return { ...rest, data: mapped(rest['data']) };
}

function mapped(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(mapped);
  if (typeof data !== 'object' || data === null) return data;
  const { token, subLevel: _, ...view } = data as { token?: string; subLevel?: string; actionId?: string };
  if (token === undefined) return view;
  // An access token: what it says. An action's view: the token that the network leaves out, which must be the right one.
  if (view.actionId === undefined && isAccessToken(token)) return { ...view, token: accessClaims(token) };
  if (view.actionId === undefined) return { ...view, token };
  if (token.startsWith('eyJ')) expect(actionId(token)).toMatch(/^a1~/);
  return view;
}

function isAccessToken(token: string): boolean {
  return Buffer.from(token.split('.')[0] as string, 'base64url').includes('HS256');
}

/** Without what ours adds (specification: Different answers): whose it is also where it is the tenant's own, and the owner's session. */
function accessClaims(token: string): unknown {
  const { sid: _, ep: __, ...claims } = payloadOf(token);
  if (claims['sub'] === claims['iss']) delete claims['sub'];
  // The network's role for whoever administers the server; here nobody does so over HTTP.
  if (typeof claims['r'] === 'string') claims['r'] = claims['r'].replace(',SADM', '');
  return claims;
}
