/** Checks the whole store. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { actionId } from '../../protocol/content-id.ts';
import type { StoreIndex } from '../index/store-index.ts';
import type { Journal, Position } from '../journal/journal.ts';
import { segmentName } from '../journal/segments.ts';
import { isKnownKind } from '../model/event-codecs.ts';
import {
  type ActionEvent,
  type AliasEvent,
  type JournalEvent,
  type JournalRecord,
  type ParkedEvent,
  unhandledEvent,
} from '../model/events.ts';
import type { Blobs, CheckReport, Damage, Finding } from '../model/store-interface.ts';
import { replayAll } from './replay-all.ts';

/** The parts of a store that a check reads. */
export interface CheckedStore {
  journal: Journal;
  blobs: Blobs;
  /** The index in use. */
  live: () => StoreIndex;
  saver?: { compare(fresh: StoreIndex): Promise<string | null> };
}

/**
 * Reads journal and blobs completely, makes an index of its own and compares.
 * @returns the report, and the damage of the journal that it contains
 * @throws {CloudilloError} `store.io`
 */
export async function checkStore({
  journal,
  blobs,
  live,
  saver,
}: CheckedStore): Promise<{ report: CheckReport; damaged: Damage[] }> {
  const findings: Finding[] = [];
  const { index, damaged, report } = await replayAll(
    journal,
    (record, position) => findings.push(...tokenFindings(record, position)),
    (replayed) => {
      findings.push(...replayed.damaged.map(asFinding));
      // With a damaged record they differ for a reason that is reported already.
      if (replayed.damaged.length === 0 && differ(replayed.index, live())) {
        findings.push({ kind: 'index', reason: 'the index differs from the journal' });
      }
      const { records, bytes } = replayed;
      const actions = replayed.index.actions;
      return { ...replayed, report: { records, actions, blobs: 0, bytes, findings } satisfies CheckReport };
    },
  );
  const saved = damaged.length > 0 ? null : await saver?.compare(index);
  if (saved) findings.push({ kind: 'index', reason: saved });
  await checkBlobs(blobs, report);
  return { report, damaged };
}

/** Whether two indexes differ. */
export function differ(one: StoreIndex, other: StoreIndex): boolean {
  return !isDeepStrictEqual(digests(one), digests(other));
}

function digests(index: StoreIndex): Map<string, string> {
  const result = new Map<string, string>();
  const add = (name: string, content: Uint8Array | string): void => {
    result.set(name, createHash('sha256').update(content).digest('base64url'));
  };
  index.dump({
    bytes: add,
    derived: () => {},
    content: (name, read) => add(name, read()),
    json: (name, value) => add(name, JSON.stringify(value)),
  });
  return result;
}

function tokenFindings(record: JournalRecord, { segment, offset }: Position): Finding[] {
  return record.e.flatMap((json) => {
    // The replay reports events that this version can't read.
    const event = isKnownKind(json?.kind) ? withToken(json) : null;
    if (!event || actionId(event.token) === event.actionId) return [];
    const reason = 'its token hashes to another ID';
    return [{ kind: 'action' as const, segment: segmentName(segment), offset, id: event.actionId, reason }];
  });
}

/** The event, when it is stored with its token, whose hash is its ID. */
function withToken(event: JournalEvent): ActionEvent | AliasEvent | ParkedEvent | null {
  switch (event.kind) {
    case 'action':
    case 'alias':
    case 'parked':
      return event;
    case 'status':
    case 'relation':
    case 'peer':
    case 'delivery':
    case 'deliveries':
    case 'treatment':
    case 'retried':
    case 'unparked':
    case 'file':
    case 'fetch':
    case 'erased':
    case 'trace':
    case 'twin':
    case 'forgotten':
    case 'circuits':
      return null;
    default:
      return unhandledEvent(event);
  }
}

function asFinding({ segment, offset, kind, reason }: Damage): Finding {
  return { kind: kind ?? 'record', segment, offset, reason };
}

async function checkBlobs(blobs: Blobs, report: CheckReport): Promise<void> {
  for await (const id of blobs.ids()) {
    try {
      for await (const chunk of (await blobs.read(id)) ?? []) report.bytes += (chunk as Buffer).length;
    } catch (error) {
      report.findings.push({ kind: 'blob', id, reason: (error as Error).message });
    }
    report.blobs += 1;
  }
}
