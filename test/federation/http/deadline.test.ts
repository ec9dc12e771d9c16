import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startDeadline } from '../../../src/federation/http/deadline.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

it('raises its signal when the time is up', () => {
  const deadline = startDeadline({ timeout: 100 });
  vi.advanceTimersByTime(99);
  expect(deadline.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(deadline).toMatchObject({ expiry: 'timeout', signal: { aborted: true } });
});

it('is extended by what arrives, at the minimal rate', () => {
  const deadline = startDeadline({ timeout: 100, minRate: 1_000 });
  deadline.progress.received(50);
  vi.advanceTimersByTime(149);
  expect(deadline.expiry).toBeNull();
  vi.advanceTimersByTime(1);
  expect(deadline.expiry).toBe('timeout');
});

it('ends a pause within a body, and only there', () => {
  const deadline = startDeadline({ timeout: 1_000, idleTimeout: 10 });
  vi.advanceTimersByTime(50);
  for (let i = 0; i < 5; i++) {
    deadline.progress.waiting();
    vi.advanceTimersByTime(9);
    deadline.progress.received(1);
    vi.advanceTimersByTime(20);
  }
  expect(deadline.expiry).toBeNull();
  deadline.progress.waiting();
  vi.advanceTimersByTime(10);
  expect(deadline.expiry).toBe('idle');
});

it('is ended by each of its signals, and keeps the first reason', () => {
  const controllers = [new AbortController(), new AbortController()];
  const deadline = startDeadline({ timeout: 100, signals: controllers.map(({ signal }) => signal) });
  controllers[1]?.abort();
  vi.advanceTimersByTime(100);
  expect(deadline.expiry).toBe('aborted');
});

it('bears a timeout beyond what a timer can wait', () => {
  const deadline = startDeadline({ timeout: 2 ** 40 });
  vi.advanceTimersByTime(2 ** 33);
  expect(deadline.expiry).toBeNull();
  deadline.clear();
});

it('leaves no timer behind: a command that is done can end', () => {
  const deadline = startDeadline({ timeout: 10_000, idleTimeout: 1_000 });
  deadline.progress.waiting();
  expect(vi.getTimerCount()).toBe(2);
  deadline.clear();
  expect(vi.getTimerCount()).toBe(0);
});
