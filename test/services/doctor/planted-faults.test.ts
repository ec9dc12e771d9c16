/** The faults that have to be named, and where each is planted: a fault whose test was renamed or went is found here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../support/run-cli.ts';

const REMOTE = 'services/doctor/remote-faults';
const HOME = 'services/doctor/home-faults';
const MENDED = 'services/doctor/since-mended';
const REAL = 'e2e/doctor-faults';
const ARRIVAL = 'server/arrival-faults';

/**
 * The fault; the side that is asked: whoever looks at the peer, the operator of the instance, or receiver and sender of an action; the test
 * file, and the title of the test in it.
 */
const PLANTED: [fault: string, side: 'looker' | 'operator' | 'receiver and sender', file: string, title: string][] = [
  ['wrong A record', 'looker', REMOTE, 'a wrong A record'],
  ['no record', 'looker', REMOTE, 'no record'],
  ['CNAME to elsewhere', 'looker', REMOTE, 'a CNAME record to elsewhere'],
  ['one of two addresses dead', 'looker', REMOTE, 'a dead address beside a good one'],
  ['AAAA at another server', 'looker', REMOTE, 'an AAAA record of another server'],
  ['private address', 'looker', REMOTE, 'a private address'],
  ['stale resolver', 'looker', REMOTE, 'a stale resolver'],
  ['SERVFAIL', 'looker', REMOTE, 'SERVFAIL'],
  ['lame delegation', 'looker', REMOTE, 'a lame delegation'],
  ['port closed', 'looker', REMOTE, 'a closed port'],
  ['port closed', 'operator', HOME, 'a closed port'],
  ['port closed', 'receiver and sender', ARRIVAL, 'a receiver that can not be reached'],
  ['port filtered', 'looker', REMOTE, 'a filtered port'],
  ['expired certificate', 'looker', REMOTE, 'an expired certificate'],
  ['expired certificate', 'operator', HOME, 'an expired certificate'],
  ['certificate not yet valid', 'looker', REMOTE, 'a certificate of tomorrow'],
  ['certificate for a wrong name', 'looker', REMOTE, 'a certificate for other names'],
  ['missing intermediate', 'looker', REMOTE, 'a missing intermediate certificate'],
  ['self-signed', 'looker', REMOTE, 'a self-signed certificate'],
  ['TLS 1.1 only', 'looker', REMOTE, 'TLS 1.1 only'],
  ['plain HTTP on 443', 'looker', REMOTE, 'plain HTTP at the port of HTTPS'],
  ['HTML from a proxy', 'looker', REMOTE, 'the web page of a proxy'],
  ['301 on /api/me', 'looker', REMOTE, 'a redirect of the profile'],
  ['301 on the inbox', 'looker', REMOTE, 'a redirect of the inbox'],
  ['502', 'looker', REMOTE, 'a proxy without its server'],
  ['truncated body', 'looker', REMOTE, 'an answer that breaks off'],
  ['wrong Host passed by a proxy', 'looker', REMOTE, 'a proxy that passes another Host'],
  ['wrong Host passed by a proxy', 'receiver and sender', ARRIVAL, 'a name that is not served'],
  ['profile of another identity', 'looker', REMOTE, 'the profile of another identity'],
  ['key of another curve', 'looker', REMOTE, 'a key of another curve'],
  ['key of another curve', 'receiver and sender', ARRIVAL, 'a key of another curve'],
  ['rotated key unpublished', 'operator', HOME, 'a rotated key that is not published'],
  ['rotated key unpublished', 'receiver and sender', ARRIVAL, 'a rotated key that is not published'],
  ['key replaced under one ID', 'looker', REMOTE, 'a key that was replaced under its ID'],
  ['key replaced under one ID', 'receiver and sender', ARRIVAL, 'a key that was replaced under its ID twice'],
  ['expired key', 'looker', REMOTE, 'an expired key'],
  ['expired key', 'receiver and sender', ARRIVAL, 'an expired key'],
  ['our clock 10 minutes ahead', 'looker', REMOTE, 'a clock here that is 10 minutes ahead'],
  ['our clock 10 minutes ahead', 'operator', HOME, 'a clock that is ahead'],
  ['our clock 10 minutes ahead', 'receiver and sender', ARRIVAL, 'a token of the future'],
  ['our clock 10 minutes behind', 'looker', REMOTE, 'a clock here that is 10 minutes behind'],
  ['our clock 10 minutes behind', 'operator', HOME, 'a clock that is behind'],
  ['our clock 10 minutes behind', 'receiver and sender', ARRIVAL, 'an expired token'],
  ['clock of the peer off', 'looker', REMOTE, 'a clock of the peer that is off'],
  ['wrong audience', 'receiver and sender', ARRIVAL, 'a wrong audience'],
  ['bad signature', 'receiver and sender', ARRIVAL, 'a bad signature'],
  ['unknown type', 'receiver and sender', ARRIVAL, 'an unknown type'],
  ['not followed', 'receiver and sender', ARRIVAL, 'an issuer that is not followed'],
  ['blocked', 'receiver and sender', ARRIVAL, 'an issuer that is blocked'],
  ['blocked', 'looker', REMOTE, 'a block of our own'],
  ['banned', 'receiver and sender', ARRIVAL, 'an address that is banned'],
  ['banned', 'looker', REMOTE, 'a ban'],
  ['banned', 'operator', HOME, 'a peer that has banned this address'],
  ['proof of work', 'receiver and sender', ARRIVAL, 'proof of work that is demanded'],
  ['proof of work', 'looker', REMOTE, 'proof of work that is not worth it'],
  ['proof of work', 'operator', HOME, 'a peer that demands much work'],
  ['circuit open since mended', 'looker', MENDED, 'a circuit that is open since the peer was mended'],
  ['parked', 'receiver and sender', ARRIVAL, 'a key that can not be fetched now, of a token that is parked'],
  ['disk full', 'operator', REAL, 'names it first %s, with a server and without'],
  ['disk full', 'receiver and sender', ARRIVAL, 'a disk that is nearly full'],
  ['log full', 'operator', REAL, 'names a log that takes no writes'],
  ['no file descriptors', 'operator', REAL, 'names the limit of descriptors when it is reached'],
  ['certificate file unreadable', 'operator', REAL, 'names a certificate that this user may not read'],
  ['queue stuck behind a dead peer', 'operator', MENDED, 'a queue stuck behind a dead peer'],
];

/** The list that the tool was built against. */
const WANTED = [
  ...['wrong A record', 'no record', 'CNAME to elsewhere', 'one of two addresses dead', 'AAAA at another server'],
  ...['private address', 'stale resolver', 'SERVFAIL', 'lame delegation', 'port closed', 'port filtered'],
  ...['expired certificate', 'certificate not yet valid', 'certificate for a wrong name', 'missing intermediate'],
  ...['self-signed', 'TLS 1.1 only', 'plain HTTP on 443', 'HTML from a proxy', '301 on /api/me', '301 on the inbox'],
  ...['502', 'truncated body', 'wrong Host passed by a proxy', 'profile of another identity', 'key of another curve'],
  ...['rotated key unpublished', 'key replaced under one ID', 'expired key', 'our clock 10 minutes ahead'],
  ...['our clock 10 minutes behind', 'clock of the peer off', 'wrong audience', 'bad signature', 'unknown type'],
  ...['not followed', 'blocked', 'banned', 'proof of work', 'circuit open since mended', 'parked', 'disk full'],
  ...['log full', 'no file descriptors', 'certificate file unreadable', 'queue stuck behind a dead peer'],
];

describe('the faults that have to be named', () => {
  it('are each planted by some test', () => {
    const planted = new Set(PLANTED.map(([fault]) => fault));
    expect(WANTED.filter((fault) => !planted.has(fault))).toEqual([]);
    expect([...planted].filter((fault) => !WANTED.includes(fault))).toEqual([]);
  });

  it.each(PLANTED)('%s, asked by the %s: %s, "%s"', (_fault, _side, file, title) => {
    const text = readFileSync(join(PROJECT_ROOT, 'test', `${file}.test.ts`), 'utf8');
    const quoted = title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    // The whole title, or its beginning before a comma.
    expect(text).toMatch(new RegExp(`(['"\`]${quoted}['"\`, ]|^ {2}${quoted}: \\{)`, 'm'));
  });
});
