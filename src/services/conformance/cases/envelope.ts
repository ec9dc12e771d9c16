/** The form of answers and of errors. */
import { wireErrorOf } from '../../../protocol/envelope.ts';
import { isJsonObject, typeProblem } from '../../../protocol/json-object.ts';
import type { Case } from '../case.ts';
import { NO_ACTION } from '../requests.ts';
import type { Answer, Target } from '../target.ts';
import { judged, refusal, told } from '../verdict.ts';

const SECTION = 'Envelope and errors';
const TO_THE_SECOND = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const JSON_BODY = { 'Content-Type': 'application/json' };
const INVALID = { status: 400, code: 'E-VAL-INVALID' };

function member({ json }: Answer, name: string): unknown {
  return isJsonObject(json) ? json[name] : undefined;
}

function messageOf(answer: Answer): unknown {
  const error = member(answer, 'error');
  return isJsonObject(error) ? error['message'] : undefined;
}

function hasDirective({ headers }: Answer, directive: string): boolean {
  return (headers['cache-control'] ?? '').split(/\s*,\s*/).includes(directive);
}

function unknownAction(target: Target): Promise<Answer> {
  return target.ask({ path: `/api/actions/${NO_ACTION}` });
}

/** Cases of the group `envelope`. */
export const ENVELOPE_CASES: readonly Case[] = [
  {
    name: 'envelope.success',
    summary: 'A success has data, time to the second in UTC, and reqId',
    section: SECTION,
    level: 'must',
    async run(target) {
      const answer = await target.ask({ path: '/api/me' });
      const time = member(answer, 'time');
      return judged('data, time and reqId are there', [
        member(answer, 'data') === undefined && 'data is missing',
        (typeof time !== 'string' || !TO_THE_SECOND.test(time)) && `time is ${JSON.stringify(time) ?? 'missing'}`,
        typeProblem('reqId', member(answer, 'reqId'), 'string'),
      ]);
    },
  },
  {
    name: 'envelope.no-store',
    summary: 'JSON has Cache-Control: no-store, no-cache',
    section: SECTION,
    level: 'must',
    async run(target) {
      const answer = await target.ask({ path: '/api/me' });
      const both = hasDirective(answer, 'no-store') && hasDirective(answer, 'no-cache');
      return judged('the answer may not be stored', [
        !both && `Cache-Control is ${answer.headers['cache-control'] ?? 'missing'}`,
      ]);
    },
  },
  {
    name: 'envelope.request-id',
    summary: 'X-Request-ID is taken over, into the header and reqId',
    section: SECTION,
    level: 'must',
    async run(target) {
      const id = 'my-req_1.2';
      const answer = await target.ask({ path: '/api/me', headers: { 'X-Request-ID': id } });
      return judged('X-Request-ID is taken over', [
        answer.headers['x-request-id'] !== id && `X-Request-ID is ${answer.headers['x-request-id'] ?? 'missing'}`,
        member(answer, 'reqId') !== id && `reqId is ${JSON.stringify(member(answer, 'reqId')) ?? 'missing'}`,
      ]);
    },
  },
  {
    name: 'envelope.request-id-bad',
    summary: 'An X-Request-ID of another form is replaced',
    section: SECTION,
    level: 'must',
    async run(target) {
      const id = 'bad id with spaces';
      const answer = await target.ask({ path: '/api/me', headers: { 'X-Request-ID': id } });
      const given = answer.headers['x-request-id'];
      return judged('it is replaced', [
        (given === undefined || given === id || member(answer, 'reqId') === id) &&
          `"${id}" is answered with X-Request-ID ${given ?? 'missing'}`,
      ]);
    },
  },
  {
    name: 'errors.unknown-action',
    summary: 'An action that does not exist is answered 404 E-CORE-NOTFOUND',
    section: SECTION,
    level: 'must',
    run: async (target) =>
      refusal(await unknownAction(target), 'an unknown action', { status: 404, code: 'E-CORE-NOTFOUND' }),
  },
  {
    name: 'errors.unknown-path',
    summary: 'A path that does not exist is answered 404 E-CORE-NOTFOUND',
    section: SECTION,
    level: 'must',
    async run(target) {
      const answer = await target.ask({ path: '/api/nothing-here' });
      return refusal(answer, 'an unknown path', { status: 404, code: 'E-CORE-NOTFOUND' });
    },
  },
  {
    name: 'errors.form',
    summary: 'An error has a code that begins with E-, a message, and Cache-Control: no-store',
    section: SECTION,
    level: 'must',
    async run(target) {
      const answer = await unknownAction(target);
      const error = wireErrorOf(answer.json);
      return judged('errors have their form', [
        error === null && `an error is answered ${told(answer)}, without error.code`,
        error !== null && !error.code.startsWith('E-') && `the code is ${error.code}`,
        error?.message === '' && (typeProblem('error.message', messageOf(answer), 'string') ?? 'the message is empty'),
        !hasDirective(answer, 'no-store') && `Cache-Control is ${answer.headers['cache-control'] ?? 'missing'}`,
      ]);
    },
  },
  {
    name: 'errors.method',
    summary: 'A method that a path does not have is answered 405 E-VAL-INVALID',
    section: SECTION,
    level: 'should',
    async run(target) {
      const answer = await target.ask({ method: 'DELETE', path: '/api/inbox' });
      return refusal(answer, 'DELETE /api/inbox', { status: 405, code: 'E-VAL-INVALID' });
    },
  },
  {
    name: 'errors.content-type',
    summary: 'A body of another type is answered 415 E-VAL-INVALID',
    section: SECTION,
    level: 'should',
    async run(target) {
      const headers = { 'Content-Type': 'text/plain' };
      const answer = await target.ask({ method: 'POST', path: '/api/inbox/sync', headers, body: 'token' });
      return refusal(answer, 'a body of text/plain', { status: 415, code: 'E-VAL-INVALID' });
    },
  },
  {
    name: 'errors.malformed-json',
    summary: 'Malformed JSON is answered 400, as JSON',
    section: 'Different answers',
    level: 'network',
    async run(target) {
      const asked = { method: 'POST', path: '/api/inbox/sync', headers: JSON_BODY, body: '{"token":' } as const;
      return refusal(await target.ask(asked), 'malformed JSON', INVALID, [{ status: 400 }]);
    },
  },
  {
    name: 'errors.missing-field',
    summary: 'A body without its required field is answered 400, as JSON',
    section: 'Different answers',
    level: 'network',
    async run(target) {
      const answer = await target.ask({ method: 'POST', path: '/api/inbox/sync', headers: JSON_BODY, body: {} });
      return refusal(answer, 'a body without "token"', INVALID, [{ status: 422 }]);
    },
  },
  {
    name: 'errors.wrong-type',
    summary: 'A field of another type is answered 400, as JSON',
    section: 'Different answers',
    level: 'network',
    async run(target) {
      const asked = { method: 'POST', path: '/api/inbox/sync', headers: JSON_BODY, body: { token: 5 } } as const;
      return refusal(await target.ask(asked), 'a token that is a number', INVALID, [{ status: 422 }]);
    },
  },
  {
    name: 'errors.bad-limit',
    summary: 'limit=abc is answered 400, as JSON',
    section: 'Different answers',
    level: 'network',
    async run(target) {
      const answer = await target.ask({ path: '/api/actions?limit=abc' });
      return refusal(answer, 'limit=abc', INVALID, [{ status: 400 }]);
    },
  },
  {
    name: 'requests.unknown-parameter',
    summary: 'A query parameter that a route does not have is ignored',
    section: 'Unknown parameters',
    level: 'must',
    async run(target) {
      const answer = await target.ask({ path: '/api/me?later=1' });
      return judged('it is ignored', [answer.status !== 200 && `GET /api/me?later=1 is answered ${told(answer)}`]);
    },
  },
];
