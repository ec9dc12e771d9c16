/** The frames of the bus, as JSON (specification: WebSocket bus). */
import { randomBytes } from 'node:crypto';
import { parseJsonObject } from '../../protocol/json-object.ts';

/** A command that a client sent. */
export interface Command {
  id: string;
  cmd: string;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 24;

/** Reads a command; null for anything else, which the network's server ignores. */
export function parseCommand(text: string): Command | null {
  const frame = parseJsonObject(text);
  if (frame === null) return null; // Frames that aren't JSON are ignored (specification: WebSocket bus).
  const { id, cmd } = frame;
  return typeof id === 'string' && typeof cmd === 'string' ? { id, cmd } : null;
}

/** The answer to any command. An unknown command is answered `ok`, too. */
export function ackFrame({ id, cmd }: Command): string {
  return JSON.stringify({ id, cmd: 'ack', data: { status: cmd === 'ping' ? 'pong' : 'ok' } });
}

/** A new action, as bytes that go to every listener with the same rights. */
export function actionFrame(view: object): Buffer {
  return Buffer.from(JSON.stringify({ id: frameId(), cmd: 'ACTION', data: view }));
}

/**
 * 24 letters and digits, as the network's server makes them. They name a frame and protect nothing, so the bias of the modulo
 * doesn't matter.
 */
function frameId(): string {
  let id = '';
  for (const byte of randomBytes(ID_LENGTH)) id += ALPHABET[byte % ALPHABET.length];
  return id;
}
