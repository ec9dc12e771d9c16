/** One open WebSocket of a caller that has signed in. */
import type { RawData, WebSocket } from 'ws';
import { createTokenBucket } from '../../federation/limits/token-bucket.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { Caller } from '../../services/readers/caller.ts';
import type { BusLimits } from '../context/bus-limits.ts';
import { type CloseReason, closeSocket } from './close-codes.ts';
import { ackFrame, parseCommand } from './frames.ts';

/** An open socket of a signed-in caller. */
export interface Listener {
  caller: Caller;
  /** Sends a frame. A client that reads too slowly is disconnected. It can list what it missed. */
  send(frame: Buffer | string): void;
  /** Closes a socket that has been silent since the last beat. Pings the others. */
  beat(): void;
  close(reason: CloseReason): void;
}

/** The parts and limits of a listener. */
export interface ListenerOptions {
  caller: Caller;
  /** When the token expires, unix milliseconds. */
  expiresAt: number;
  limits: BusLimits;
  clock: Clock;
  /** Called once. `slow`: the client read too slowly. */
  onClose: (slow: boolean) => void;
}

/** A command is a short line. A larger frame takes a parser up to two milliseconds. Bytes. */
const LARGE_FRAME = 1024;
/** The longest time that `setTimeout` takes. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Serves one socket: answers commands, detects a dead or slow client, and closes when the token expires. */
export function createListener(
  socket: WebSocket,
  { caller, expiresAt, limits, clock, onClose }: ListenerOptions,
): Listener {
  let alive = true;
  let slow = false;
  let expiry: NodeJS.Timeout | undefined;
  const commands = createTokenBucket(limits.commands, clock.monotonic, 1);

  function send(frame: Buffer | string): void {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(frame, { binary: false });
    if (socket.bufferedAmount <= limits.buffer) return;
    // A close frame would wait behind all the other frames.
    slow = true;
    socket.terminate();
  }

  function close(reason: CloseReason): void {
    closeSocket(socket, reason);
  }

  function onMessage(data: RawData, isBinary: boolean): void {
    alive = true;
    // Node reads up to 2 MiB of a socket in one turn: others have theirs between two large frames.
    if ((data as Buffer).length > LARGE_FRAME) {
      socket.pause();
      setImmediate(() => socket.resume());
    }
    if (isBinary) return; // No command is binary.
    if (commands.take('') > 0) {
      close('tooMuch');
      return;
    }
    const command = parseCommand(data.toString());
    if (command) send(ackFrame(command));
  }

  function expire(): void {
    const left = expiresAt - clock.wall();
    if (left <= 0) close('unauthorized');
    else expiry = setTimeout(expire, Math.min(left, LONGEST_TIMER)).unref();
  }

  socket.on('message', onMessage);
  socket.on('pong', () => {
    alive = true;
  });
  socket.once('close', () => {
    clearTimeout(expiry);
    onClose(slow);
  });
  expire();

  return {
    caller,
    send,
    close,
    beat() {
      if (!alive) return socket.terminate();
      alive = false;
      if (socket.readyState === socket.OPEN) socket.ping();
    },
  };
}
