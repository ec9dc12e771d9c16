import { randomBytes } from 'node:crypto';
import { isJsonObject } from '../../protocol/json-object.ts';

/** What a client sends. */
export interface Command {
  id: string;
  cmd: string;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 24;

/** A command, or null for what is none: the network's server ignores it without a word. */
export function parseCommand(text: string): Command | null {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return null; // What isn't JSON is ignored (specification: WebSocket bus).
  }
  if (!isJsonObject(frame)) return null;
  const { id, cmd } = frame;
  return typeof id === 'string' && typeof cmd === 'string' ? { id, cmd } : null;
}

/** The answer to any command: an unknown one is `ok` as well. */
export function ackFrame({ id, cmd }: Command): string {
  return JSON.stringify({ id, cmd: 'ack', data: { status: cmd === 'ping' ? 'pong' : 'ok' } });
}

/** A new action, as bytes that go to every listener with the same rights. */
export function actionFrame(view: object): Buffer {
  return Buffer.from(JSON.stringify({ id: frameId(), cmd: 'ACTION', data: view }));
}

/** 24 letters and digits, as the network's. They name a frame and guard nothing, so that the modulo's bias is no matter. */
function frameId(): string {
  let id = '';
  for (const byte of randomBytes(ID_LENGTH)) id += ALPHABET[byte % ALPHABET.length];
  return id;
}
