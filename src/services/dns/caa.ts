/** Which certificate authorities may issue for a name (CAA records). */
import type { CaaValue } from '../../federation/dns/message.ts';
import { ancestors } from '../../federation/dns/name.ts';
import type { Resolver } from '../../federation/dns/resolver.ts';
import type { ErrorCode } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';

/** Which authorities may issue certificates for a name, and which name restricts them. */
export interface CaaFacts {
  /** The name that holds the records; null when there are none, so that any authority may issue. */
  at: string | null;
  records: CaaValue[];
  /** The failed lookup. An authority refuses to issue until it succeeds. */
  error: { code: ErrorCode; message: string } | null;
}

/**
 * Makes a function that climbs from a name to its top-level domain and stops at the first CAA record (RFC 8659, section
 * 3). It remembers its answers, because the names of an identity share their parents.
 */
export function caaClimber(resolver: Resolver): (name: string) => Promise<CaaFacts> {
  const asked = new Map<string, Promise<CaaValue[]>>();
  const recordsAt = (name: string) => {
    const known = asked.get(name) ?? ask(resolver, name);
    asked.set(name, known);
    return known;
  };
  return async (name) => {
    try {
      for (const at of ancestors(name)) {
        const records = at === '' ? [] : await recordsAt(at);
        if (records.length > 0) return { at, records, error: null };
      }
      return { at: null, records: [], error: null };
    } catch (error) {
      if (!(error instanceof CloudilloError)) throw error;
      return { at: null, records: [], error: { code: error.code, message: error.message } };
    }
  };
}

async function ask(resolver: Resolver, name: string): Promise<CaaValue[]> {
  const { records } = await resolver.lookup(name, 'CAA');
  return records.flatMap((record) => (record.type === 'CAA' ? [record.data] : []));
}
