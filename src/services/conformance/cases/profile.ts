/** The profile, with which everything between two instances begins. */

import { CloudilloError } from '../../../protocol/errors.ts';
import { isJsonObject, typeProblem } from '../../../protocol/json-object.ts';
import { importPublicKey } from '../../../protocol/keys.ts';
import type { Case } from '../case.ts';
import type { Answer, Target } from '../target.ts';
import { failed, judged, objectOf, passed, skipped, told } from '../verdict.ts';

const SECTION = 'Profile';
const ISO_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

function me(target: Target, headers: Record<string, string> = {}): Promise<Answer> {
  return target.ask({ path: '/api/me', headers });
}

function keysIn(answer: Answer): Record<string, unknown>[] {
  const { keys } = objectOf(answer);
  return Array.isArray(keys) ? keys.filter(isJsonObject) : [];
}

/** Whether a key is P-384 in the form of the wire. @returns what is wrong with it, or null */
function keyProblem({ keyId, publicKey }: Record<string, unknown>): string | null {
  if (typeof keyId !== 'string') return typeProblem('the keyId of a key', keyId, 'string');
  if (typeof publicKey !== 'string') return typeProblem(`the publicKey of key ${keyId}`, publicKey, 'string');
  if (publicKey.length !== 160) return `key ${keyId} is not the SPKI of a P-384 key in padded base64`;
  try {
    importPublicKey(publicKey);
    return null;
  } catch (error) {
    if (error instanceof CloudilloError) return `key ${keyId}: ${error.message}`;
    throw error;
  }
}

async function notModified(target: Target, form: (etag: string) => string): Promise<string | false> {
  const { etag } = (await me(target)).headers;
  if (etag === undefined) return 'the profile has no ETag';
  const sent = form(etag);
  const answer = await me(target, { 'If-None-Match': sent });
  return answer.status !== 304 && `If-None-Match: ${sent} is answered ${told(answer)}; 304 is right`;
}

/** Cases of the group `profile`. */
export const PROFILE_CASES: readonly Case[] = [
  {
    name: 'profile.fields',
    summary: 'GET /api/me answers a guest with idTag, name, type and keys',
    section: SECTION,
    level: 'must',
    async run(target) {
      const answer = await me(target);
      const { idTag, name, type, keys } = objectOf(answer);
      return judged(`GET /api/me is the profile of ${target.idTag}`, [
        answer.status !== 200 && `GET /api/me is answered ${told(answer)}`,
        idTag !== target.idTag && `idTag is ${JSON.stringify(idTag) ?? 'missing'}, and ${target.idTag} was asked`,
        typeProblem('name', name, 'string'),
        typeProblem('type', type, 'string'),
        typeof type === 'string' &&
          type !== 'person' &&
          type !== 'community' &&
          `type is ${JSON.stringify(type)}, person or community expected`,
        typeProblem('keys', keys, 'array'),
      ]);
    },
  },
  {
    name: 'profile.time',
    summary: 'The profile is in the envelope, with time. Without it the network blocks the key for an hour',
    section: SECTION,
    level: 'must',
    async run(target) {
      const { json } = await me(target);
      const time = isJsonObject(json) ? json['time'] : undefined;
      if (typeof time === 'string' && ISO_UTC.test(time)) return passed('the profile has a time in UTC');
      return failed(`time is ${JSON.stringify(time) ?? 'missing'}; ISO 8601 in UTC is right`);
    },
  },
  {
    name: 'profile.keys',
    summary: 'Every key is a P-384 key, as padded base64 of its SPKI',
    section: 'Keys',
    level: 'must',
    async run(target) {
      const keys = keysIn(await me(target));
      return judged(`keys of the right form: ${keys.length}`, [
        keys.length === 0 && 'the profile has no key',
        ...keys.map(keyProblem),
      ]);
    },
  },
  {
    name: 'profile.key-end',
    summary: 'expiresAt is written in ISO 8601',
    section: SECTION,
    level: 'should',
    async run(target) {
      const ends = keysIn(await me(target)).flatMap(({ expiresAt }) => (expiresAt === undefined ? [] : [expiresAt]));
      if (ends.length === 0) return skipped('no key of this identity has an end');
      const wrong = ends.filter((end) => typeof end !== 'string' || !ISO_UTC.test(end));
      return judged(
        `ends of keys: ${ends.length}`,
        wrong.map((end) => `expiresAt is ${JSON.stringify(end)}`),
      );
    },
  },
  {
    name: 'profile.no-null',
    summary: 'An optional field that is absent is left out, never null',
    section: SECTION,
    level: 'should',
    async run(target) {
      const fields = Object.entries(objectOf(await me(target)));
      const nulls = fields.filter(([, value]) => value === null);
      return judged('no field is null', [
        fields.length === 0 && 'the profile has no fields',
        ...nulls.map(([field]) => `${field} is null`),
      ]);
    },
  },
  ...(
    [
      ['quoted', (etag) => etag],
      ['weak', (etag) => `W/${etag.replace(/^W\//, '')}`],
      ['list', (etag) => `"other", ${etag}`],
      ['unquoted', (etag) => etag.replaceAll('"', '')],
    ] as const satisfies readonly (readonly [string, (etag: string) => string])[]
  ).map(
    ([form, write]): Case => ({
      name: `profile.etag-${form}`,
      summary: `If-None-Match with the ETag, ${form}, is answered 304`,
      section: SECTION,
      level: form === 'quoted' ? 'must' : 'should',
      run: async (target) => judged(`the ETag, ${form}, is answered 304`, [await notModified(target, write)]),
    }),
  ),
  {
    name: 'profile.full',
    summary: 'GET /api/me/full answers the same',
    section: SECTION,
    level: 'should',
    async run(target) {
      const answer = await target.ask({ path: '/api/me/full' });
      const { idTag } = objectOf(answer);
      return judged('/api/me/full is the same profile', [
        (answer.status !== 200 || idTag !== target.idTag) && `GET /api/me/full is answered ${told(answer)}`,
      ]);
    },
  },
  {
    name: 'profile.app-domain',
    summary: 'The app domain names the identity, without the envelope',
    section: SECTION,
    level: 'must',
    async run(target) {
      const answer = await target.ask({ app: true, path: '/.well-known/cloudillo/id-tag' });
      const named = isJsonObject(answer.json) ? answer.json['idTag'] : undefined;
      return judged('/.well-known/cloudillo/id-tag names the identity', [
        (answer.status !== 200 || named !== target.idTag) &&
          `/.well-known/cloudillo/id-tag is answered ${told(answer)}, idTag ${JSON.stringify(named) ?? 'missing'}`,
      ]);
    },
  },
  {
    name: 'profile.app-domain-cors',
    summary: 'Pages of any origin may read which identity an app domain is of',
    section: SECTION,
    level: 'must',
    async run(target) {
      const origin = 'https://app.example.org';
      const headers = { Origin: origin };
      const answer = await target.ask({ app: true, path: '/.well-known/cloudillo/id-tag', headers });
      const allowed = answer.headers['access-control-allow-origin'];
      return judged('CORS is open', [
        allowed !== '*' && allowed !== origin && `Access-Control-Allow-Origin is ${allowed ?? 'missing'}`,
      ]);
    },
  },
];
