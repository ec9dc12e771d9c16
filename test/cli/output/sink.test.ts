import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from 'vitest';
import { Sink } from '../../../src/cli/output/sink.ts';

let writeSync: Mock<(fd: number, bytes: Uint8Array, offset: number) => number>;

/** `writeSync` fails with this code. */
function failing(code: string) {
  return () => {
    throw Object.assign(new Error(code), { code });
  };
}

beforeEach(() => {
  writeSync = vi.fn();
  const pipe = { isCharacterDevice: () => false, rdev: 0 } as fs.Stats;
  vi.spyOn(fs, 'writeSync').mockImplementation(writeSync as unknown as typeof fs.writeSync);
  vi.spyOn(fs, 'fstatSync').mockReturnValue(pipe);
  syncBuiltinESMExports();
});
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

describe('Sink', () => {
  it('goes on where a write stopped short', () => {
    const written: string[] = [];
    writeSync.mockImplementation((_fd, bytes, at) => {
      const part = bytes.subarray(at, at + 3);
      written.push(Buffer.from(part).toString());
      return part.length;
    });
    expect(new Sink(1, () => {}).write('hello ünïcode')).toBe(true);
    expect(written.join('')).toBe('hello ünïcode');
  });

  it('leaves a descriptor that does not block to the stream, from the first byte that it refused', async () => {
    writeSync.mockImplementationOnce(() => 6).mockImplementation(failing('EAGAIN'));
    const streamed: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      streamed.push(Buffer.from(chunk as Uint8Array).toString());
      return true;
    });
    const sink = new Sink(1, () => {});
    sink.write('first second\n');
    sink.write('third\n');
    expect(streamed.join('')).toBe('second\nthird\n');
    await sink.drained();
  });

  it.each(['EPIPE', 'ENOSPC'])('tells of %s once, and drops what follows', (code) => {
    writeSync.mockImplementation(failing(code));
    const errors: unknown[] = [];
    const sink = new Sink(1, (error) => errors.push(error.code));
    sink.write('one');
    sink.write('two');
    expect(sink.closed).toBe(true);
    expect(errors).toEqual([code]);
    expect(writeSync).toHaveBeenCalledTimes(1);
  });
});
