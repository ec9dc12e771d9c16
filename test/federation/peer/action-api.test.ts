import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { failureOf } from '../../support/failure.ts';
import { answer, type Handler, refuse, type SeenRequest, startLab } from '../../support/lab.ts';

const TOKEN = 'eyJ0.eyJp.c2ln';
const ID = actionId(TOKEN);
const OTHER = actionId('another');
const VIEW = { actionId: ID, type: 'POST', content: 'hello' };

/** A peer with these paths; anything else is 404. */
function routes(table: Record<string, (response: ServerResponse, request: SeenRequest) => void>): Handler {
  return (request, response) => {
    const route = table[request.url.split('?')[0] ?? ''];
    if (route) route(response, request);
    else refuse(response, 404, 'E-CORE-NOTFOUND');
  };
}

async function labWith(handler: Handler) {
  const lab = await startLab();
  return { ...lab, bob: await lab.peer('bob.test', handler) };
}

describe('fetchAction', () => {
  it('takes the token from the view and hashes it', async () => {
    const { api, bob } = await labWith(
      routes({ [`/api/actions/${ID}`]: (response) => answer(response, { ...VIEW, token: TOKEN }) }),
    );
    expect(await api.fetchAction('bob.test', ID)).toMatchObject({ view: VIEW, token: TOKEN, verifiedId: true });
    expect(bob.requests.map(({ url }) => url)).toEqual([`/api/actions/${ID}`]);
  });

  it('asks at the singular path when the plural is not there', async () => {
    const { api, bob } = await labWith(
      routes({ [`/api/action/${ID}`]: (response) => answer(response, { ...VIEW, token: TOKEN }) }),
    );
    expect(await api.fetchAction('bob.test', ID)).toMatchObject({ verifiedId: true });
    expect(bob.requests.map(({ url }) => url)).toEqual([`/api/actions/${ID}`, `/api/action/${ID}`]);
  });

  it('asks the list for the token that the view leaves out, with the same bearer', async () => {
    const { api, bob } = await labWith(
      routes({
        [`/api/actions/${ID}`]: (response) => answer(response, VIEW),
        '/api/actions': (response) =>
          answer(response, [
            { actionId: OTHER, token: 'other' },
            { ...VIEW, token: TOKEN },
          ]),
      }),
    );
    const fetched = await api.fetchAction('bob.test', ID, { bearer: 'secret-bearer' });
    expect(fetched).toMatchObject({ token: TOKEN, verifiedId: true });
    const asked = new URL(bob.requests[1]?.url ?? '', 'https://cl-o.bob.test');
    expect(Object.fromEntries(asked.searchParams)).toEqual({ actionId: ID, includeTokens: 'true' });
    expect(bob.requests.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill('Bearer secret-bearer'));
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['is empty', (response) => answer(response, [])],
    ['has no tokens either', (response) => answer(response, [VIEW])],
    ['is refused', (response) => refuse(response, 403, 'E-AUTH-NOPERM')],
    ['is not there', (response) => refuse(response, 404, 'E-CORE-NOTFOUND')],
    ['is no list', (response) => answer(response, { what: 1 })],
  ])('says that nothing was verified when the list %s', async (_, list) => {
    const { api } = await labWith(
      routes({ [`/api/actions/${ID}`]: (response) => answer(response, VIEW), '/api/actions': list }),
    );
    expect(await api.fetchAction('bob.test', ID)).toMatchObject({ view: VIEW, token: null, verifiedId: false });
  });

  it('fails when the list could not be asked: "no token" would be a guess', async () => {
    const { api } = await labWith(
      routes({
        [`/api/actions/${ID}`]: (response) => answer(response, VIEW),
        '/api/actions': (response) => refuse(response, 503, 'E-SYS-UNAVAIL'),
      }),
    );
    expect((await failureOf(api.fetchAction('bob.test', ID))).code).toBe('peer.error');
  });

  it('refuses a token that hashes to another ID', async () => {
    const { api } = await labWith((_, response) => answer(response, { ...VIEW, token: `${TOKEN}x` }));
    expect(await failureOf(api.fetchAction('bob.test', ID))).toMatchObject({
      code: 'peer.mismatch',
      details: { asked: ID },
    });
  });

  it('refuses a view of another action, with or without a token', async () => {
    const { api } = await labWith(
      routes({ [`/api/actions/${ID}`]: (response) => answer(response, { ...VIEW, actionId: OTHER }) }),
    );
    expect(await failureOf(api.fetchAction('bob.test', ID))).toMatchObject({ code: 'peer.mismatch' });
  });

  it('copes with a temporary ID, which nothing can be verified against', async () => {
    const { api, bob } = await labWith(
      routes({
        '/api/actions/@14': (response) => answer(response, VIEW),
        '/api/actions': (response) => answer(response, [{ ...VIEW, token: TOKEN }]),
      }),
    );
    expect(await api.fetchAction('bob.test', '@14')).toMatchObject({ view: VIEW, token: TOKEN, verifiedId: false });
    // By the ID that it has by now.
    expect(decodeURIComponent(bob.requests[1]?.url ?? '')).toContain(`actionId=${ID}`);
  });

  it('gives a temporary ID without a token back as it is while it has no other', async () => {
    const { api, bob } = await labWith((_, response) => answer(response, { actionId: '@14', status: 'P' }));
    expect(await api.fetchAction('bob.test', '@14')).toMatchObject({ token: null, verifiedId: false });
    expect(bob.requests).toHaveLength(1);
  });

  it('passes a refusal on without asking elsewhere', async () => {
    const { api, bob } = await labWith((_, response) => refuse(response, 403, 'E-AUTH-NOPERM'));
    expect(await failureOf(api.fetchAction('bob.test', ID))).toMatchObject({ details: { status: 403 } });
    expect(bob.requests).toHaveLength(1);
  });

  it('says 404 with the first path when neither has it', async () => {
    const { api } = await labWith(routes({}));
    expect(await failureOf(api.fetchAction('bob.test', ID))).toMatchObject({
      code: 'peer.refused',
      details: { status: 404, path: `/api/actions/${ID}` },
    });
  });

  it.each(['text', [1], null, 5])('refuses %j instead of a view as peer.invalid', async (data) => {
    const { api } = await labWith((_, response) => answer(response, data));
    expect((await failureOf(api.fetchAction('bob.test', ID))).code).toBe('peer.invalid');
  });

  it.each([
    'a1~short',
    `${ID}/../me`,
    '@',
    '@0',
    '@-1',
    '@1/x',
    'b1~5yn1',
    '../me',
    '',
    'a1~AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB',
  ])('does not ask for %j, which is no action ID', async (id) => {
    const lab = await startLab();
    expect((await failureOf(lab.api.fetchAction('bob.test', id))).code).toBe('usage.content-id');
    expect(lab.dns.asked).toEqual([]);
  });
});
