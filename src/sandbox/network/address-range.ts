/** Reads `--addresses`: loopback addresses for the members of a sandbox, one each. */
import { CloudilloError } from '../../protocol/errors.ts';

/** Addresses in their order, without end: the range says when it is used up. */
export interface AddressRange {
  /** @throws CloudilloError `usage.value` when the range is too small */
  take(taken: ReadonlySet<string>): string;
}

/**
 * Reads a range such as `127.0.0.0/24`. Its first two addresses are left out: others listen at 127.0.0.1.
 * @throws CloudilloError `usage.value` for what is no range of IPv4 loopback addresses
 */
export function parseAddressRange(text: string): AddressRange {
  const [, first, second, third, fourth, length] =
    /^(127)\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text) ?? [];
  const bytes = [first, second, third, fourth].map(Number);
  const bits = Number(length);
  if (!bytes.every((byte) => byte <= 255) || !(bits >= 8 && bits <= 30)) throw notARange(text);
  const size = 2 ** (32 - bits);
  const base = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const begin = base - (base % size);
  return {
    take(taken) {
      // The last address is for broadcasts.
      for (let at = begin + 2; at < begin + size - 1; at++) {
        const address = [24, 16, 8, 0].map((shift) => Math.floor(at / 2 ** shift) % 256).join('.');
        if (!taken.has(address)) return address;
      }
      throw usedUp(text);
    },
  };
}

function notARange(text: string): CloudilloError {
  return new CloudilloError('usage.value', `"${text}" is not a range of loopback addresses`, {
    stage: 'input',
    hint: 'Write one of IPv4 within 127.0.0.0/8, such as 127.0.0.0/24',
  });
}

function usedUp(text: string): CloudilloError {
  return new CloudilloError('usage.value', `${text} has too few addresses`, {
    stage: 'input',
    hint: 'A server needs one each, and the name server one: take a larger range, such as 127.0.0.0/16',
  });
}
