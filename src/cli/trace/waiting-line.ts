/** The line that says what a command waits for, on a terminal: which stage is running, for how long, and how far it is. */
import type { SpanRecord, TraceListener } from '../../services/tracing/trace-record.ts';
import { progressText } from '../render/progress.ts';

/** Nothing is shown of a command that is quicker. Milliseconds. */
const PATIENCE_MS = 300;
/** How often the line is written anew. */
const TICK_MS = 100;

/** Where the line is shown. */
export interface StatusLine {
  show(text: string): void;
  erase(): void;
}

/** A listener that shows the line, and what ends it. */
export interface WaitingLine extends TraceListener {
  close(): void;
}

/** How far a span is. */
interface Progress {
  done: number;
  total: number | null;
}

/** Makes a listener. @param now milliseconds, for instance `Date.now` */
export function waitingLine(line: StatusLine, now: () => number = Date.now): WaitingLine {
  const open = new Map<string, SpanRecord>();
  const progress = new Map<string, Progress>();
  const began = now();
  const tick = (): void => {
    if (now() - began < PATIENCE_MS) return;
    const text = waitingText([...open.values()], progress, now());
    if (text === null) line.erase();
    else line.show(text);
  };
  const timer = setInterval(tick, TICK_MS);
  timer.unref();
  return {
    began: (span) => void open.set(span.spanId, span),
    progress({ spanId }, done, total) {
      progress.set(spanId, { done, total });
      // Work that leaves the event loop no turn tells how far it is all the same.
      tick();
    },
    ended: ({ spanId }) => {
      open.delete(spanId);
      progress.delete(spanId);
    },
    close() {
      clearInterval(timer);
      line.erase();
    },
  };
}

/** What is waited for: what tells of its progress, else the stage that began last. The command itself says nothing. */
function waitingText(open: readonly SpanRecord[], progress: Map<string, Progress>, now: number): string | null {
  const counted = open.find(({ spanId }) => progress.has(spanId));
  if (counted) {
    const { done, total } = progress.get(counted.spanId) as Progress;
    return `${counted.name}: ${progressText({ done, total, ms: now - counted.start })}`;
  }
  const last = open.filter(({ parentId }) => parentId !== null).at(-1);
  if (!last) return null;
  const seconds = Math.floor((now - last.start) / 1000);
  return `${stageText(last, open)}${seconds > 0 ? `, ${seconds} s` : ''}`;
}

function stageText({ name, facts, parentId }: SpanRecord, open: readonly SpanRecord[]): string {
  const parent = open.find(({ spanId }) => spanId === parentId);
  const host = parent?.facts['server.address'] ?? 'the peer';
  switch (name) {
    case 'dns':
      return lookupText(facts);
    case 'connect':
      return `connecting to ${facts['network.peer.address']}`;
    case 'tls':
      return `TLS handshake with ${facts['network.peer.address']}`;
    case 'answer':
      return `waiting for the answer of ${host}`;
    case 'body':
      return `reading the answer of ${host}`;
    case 'ping':
      return `waiting for the bus of ${host}`;
    case 'pause':
      return host === 'the peer' ? 'trying again soon' : `trying ${host} again soon`;
    case 'lock':
      return `waiting for another task (${facts['cloudillo.lock']})`;
    case 'store.append':
      return 'writing to the journal';
    case 'access token':
      return `signing in at ${facts['cloudillo.peer']}`;
    case 'check':
      return `checking ${facts['cloudillo.check']} of ${facts['cloudillo.peer']}`;
    case 'key lookup':
      return `looking for the key of ${facts['cloudillo.issuer']}`;
    default:
      // Operations of the home have names such as examineHome.
      return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  }
}

function lookupText(facts: SpanRecord['facts']): string {
  const name = facts['dns.question.name'];
  const type = facts['cloudillo.dns.type'];
  const server = facts['network.peer.address'] ?? facts['url.full'];
  return server === undefined ? `looking up ${name}` : `asking ${server} for ${type} of ${name}`;
}
