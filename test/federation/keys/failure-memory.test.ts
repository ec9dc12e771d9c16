import { expect, it } from 'vitest';
import { createFailureMemory } from '../../../src/federation/keys/failure-memory.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { failureOf } from '../../support/failure.ts';

it('remembers a failure with its facts, and the cause in words', async () => {
  const memory = createFailureMemory({ wall: () => 0, monotonic: () => 0 });
  const cause = new Error('the peer hung up');
  memory.remember(
    'a',
    new CloudilloError('network.reset', 'no answer', { stage: 'profile', details: { host: 'a' }, cause }),
  );
  const error = await failureOf(Promise.resolve().then(() => memory.check('a')));
  expect(error).toMatchObject({
    ...{
      code: 'network.reset',
      message: 'no answer (seen 1 s ago; looked at again in 5 min)',
      stage: 'profile',
      retryAfter: 300,
    },
    ...{ details: { host: 'a', remembered: true }, cause: { message: 'the peer hung up' } },
  });
});

it('remembers nothing of a peer that this machine could not ask', () => {
  const memory = createFailureMemory({ wall: () => 0, monotonic: () => 0 });
  for (const code of ['network.descriptors', 'network.local'] as const)
    memory.remember('a', new CloudilloError(code, 'no'));
  expect(memory.of('a')).toBeNull();
});

it('keeps neither the text that a part was taken of, nor large facts and causes', async () => {
  const memory = createFailureMemory({ wall: () => 0, monotonic: () => 0 });
  const large = 'x'.repeat(1_000_000);
  const details = { status: 400, body: large };
  memory.remember('a', new CloudilloError('peer.invalid', `it said ${large}`, { details, cause: new Error(large) }));
  const error = await failureOf(Promise.resolve().then(() => memory.check('a')));
  expect(error.code).toBe('peer.invalid');
  expect(error.message.length).toBeLessThan(1_100);
  expect(error.details).toEqual({ remembered: true, seenAt: '1970-01-01T00:00:00.000Z' });
  expect(error.cause).toBeUndefined();
});
