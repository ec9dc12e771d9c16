import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eraseStatus, showStatus, showStatusLines } from '../../../src/cli/output/status-line.ts';

let written = '';
const terminal = (columns: number) =>
  Object.defineProperty(process.stderr, 'columns', { value: columns, configurable: true });
const take = () => {
  const text = written;
  written = '';
  return text;
};

beforeEach(() => {
  terminal(20);
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    written += chunk;
    return true;
  });
});
afterEach(() => {
  eraseStatus();
  written = '';
  vi.restoreAllMocks();
  Reflect.deleteProperty(process.stderr, 'columns');
});

const CLEAR = '\r\u001b[K';

describe('the status line', () => {
  it('is cut to the columns of the terminal, and erased', () => {
    showStatus('x'.repeat(40));
    expect(take()).toBe(`${CLEAR}${'x'.repeat(19)}`);
    showStatus('日'.repeat(40));
    expect(take()).toBe(`${CLEAR}${'日'.repeat(9)}`);
    eraseStatus();
    expect(take()).toBe(CLEAR);
    eraseStatus();
    expect(take()).toBe('');
  });

  it('shows nothing from elsewhere as a control', () => {
    showStatusLines(['a\u001b[2Jb', 'c\nd']);
    expect(take()).toBe(`${CLEAR}a\\u001b[2Jb\nc\\u000ad`);
  });

  it('goes back over all lines', () => {
    showStatusLines(['one', 'two', 'three']);
    take();
    showStatusLines(['four', 'five']);
    expect(take()).toBe('\r\u001b[2A\u001b[Jfour\nfive');
    showStatus('six');
    expect(take()).toBe('\r\u001b[1A\u001b[Jsix');
  });

  it('goes back over lines that a narrower terminal has wrapped', () => {
    showStatusLines(['x'.repeat(16), 'y', 'z'.repeat(11)]);
    take();
    terminal(5);
    eraseStatus();
    // 4, 1 and 3 rows.
    expect(take()).toBe('\r\u001b[7A\u001b[J');
  });

  it('leaves no listener behind', () => {
    const before = process.listenerCount('SIGINT');
    showStatusLines(['one', 'two']);
    expect(process.listenerCount('SIGINT')).toBe(before + 1);
    eraseStatus();
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
