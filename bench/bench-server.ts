import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A server in a process of its own. */
export interface BenchServer {
  port: number;
  pid: number;
  /** Ends the process and waits for its end. */
  stop: () => Promise<void>;
}

/**
 * Starts `serve` with this home on a port of its own.
 * @param flags how it speaks, such as `--plain-http`
 * @param level what it logs
 */
export async function serveHome(home: string, flags: readonly string[], level = 'warn'): Promise<BenchServer> {
  const args = ['serve', '--home', home, '--port', '0', '--json', '--quiet', '--no-rate-limits', ...flags];
  const server = spawn(process.execPath, ['bin/run.js', ...args], {
    stdio: ['ignore', 'pipe', level === 'info' ? 'ignore' : 'inherit'],
    env: { ...process.env, CLOUDILLO_LOG_LEVEL: level },
  });
  const { port } = JSON.parse(await firstLine(server)) as { port: number };
  return { port, pid: server.pid as number, stop: () => stop(server) };
}

/** Starts a script that prints its port, as the bare servers of the floors do. */
export async function serveScript(script: string, ...args: string[]): Promise<BenchServer> {
  const server = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = Number(await firstLine(server));
  return { port, pid: server.pid as number, stop: () => stop(server) };
}

/** The headers and the body of an answer to GET. Left out is what Node adds to every answer by itself. */
export function answerOf(
  port: number,
  host: string,
  path: string,
): Promise<{ headers: IncomingHttpHeaders; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, path, headers: { host } }, async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      const { date, connection, 'keep-alive': keepAlive, 'content-length': length, ...headers } = answer.headers;
      resolve({ headers, body: Buffer.concat(chunks).toString('utf8') });
    });
    asked.on('error', reject).end();
  });
}

async function firstLine(server: ChildProcess): Promise<string> {
  const [line] = (await once(createInterface(server.stdout as Readable), 'line')) as [string];
  return line;
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill('SIGTERM');
  await once(server, 'exit');
}
