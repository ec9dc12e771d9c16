import { expect, it } from 'vitest';
import { timeoutError, transportError } from '../../../src/federation/http/transport-error.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';

const CONTEXT = { host: 'cl-o.bob.test', target: 'GET /api/me', connection: undefined, reused: false };

it('keeps nothing of a node-fetch message but its reason: the rest is the URL with its query', () => {
  const fetchError = Object.assign(
    new Error('request to https://h/?token=SECRET failed, reason: oops https://h/?token=SECRET'),
    {
      name: 'FetchError',
    },
  );
  expect((transportError(fetchError, CONTEXT).cause as Error).message).toBe('oops <URL>');
});

it.each([
  ['ENETUNREACH', 'network.local', true],
  ['ENETDOWN', 'network.local', true],
  ['ENOMEM', 'network.local', true],
  ['ENOBUFS', 'network.local', true],
  ['EMFILE', 'network.descriptors', true],
  ['EHOSTUNREACH', 'network.unreachable', true],
  ['EADDRNOTAVAIL', 'network.local', true],
  ['EACCES', 'network.local', true],
  ['ETIMEDOUT', 'network.timeout', true],
  ['EPIPE', 'network.reset', true],
  ['HPE_INVALID_CONSTANT', 'network.protocol', false],
  ['Z_BUF_ERROR', 'peer.invalid', false],
  ['ERR_SSL_TLSV1_ALERT_ACCESS_DENIED', 'tls.handshake', false],
])('%s is %s (retryable: %s)', (nodeCode, code, retryable) => {
  const error = transportError(Object.assign(new Error(nodeCode), { code: nodeCode }), CONTEXT);
  expect(error).toMatchObject({ code, retryable });
  expect(error.message).toContain('cl-o.bob.test');
});

it('leaves an error alone that says already what it is', () => {
  const error = new CloudilloError('dns.nxdomain', 'x');
  expect(transportError(error, CONTEXT)).toBe(error);
});

it.each([
  [{ sent: 5_855 }, /did not begin its answer after 5855 bytes were sent within/, /MTU/],
  [{ sent: 300 }, /did not begin its answer after 300 bytes/, /too much to do/],
  [{ sent: 300, reused: true }, /on a connection that was kept open/, /NAT/],
  [{ received: { bytes: 3, expected: 10 } }, /did not finish its answer/, /firewall/],
])('tells a timeout by what was sent and received: %j', (context, message, hint) => {
  const at = {
    startedAt: 0,
    attempts: [{ address: '127.0.0.1', securedAt: 1, connectedAt: 1, won: true }],
    resolvedAt: 0,
  };
  const connection = at as unknown as Parameters<typeof timeoutError>[0]['connection'];
  const error = timeoutError({ ...CONTEXT, connection, ...context }, 10_000);
  expect(error.message).toMatch(message);
  expect(error.hint).toMatch(hint);
});
