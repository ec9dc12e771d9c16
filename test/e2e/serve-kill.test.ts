import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { actionId } from '../../src/protocol/content-id.ts';
import { exportPublicKey, generateKeyPair } from '../../src/protocol/keys.ts';
import { createToken } from '../../src/protocol/token.ts';
import { openKeyCache } from '../../src/store/cache/key-cache.ts';
import { openFileStore } from '../../src/store/engine/store.ts';
import { runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';

const KILLS = 50;
const TOKENS = 2_500;
const CONNECTIONS = 8;
const ISSUERS = 20;

it(`loses no action that was answered 202, killed ${KILLS} times at random moments under load`, {
  timeout: 180_000,
}, async () => {
  // Two homes side by side: starting a process is what takes the time.
  const halves = await Promise.all([killRepeatedly(KILLS / 2), killRepeatedly(KILLS / 2)]);
  for (const { accepted, lost, findings } of halves) {
    expect(accepted).toBeGreaterThan(KILLS / 4);
    expect(lost).toEqual([]);
    expect(findings).toEqual([]);
  }
});

async function killRepeatedly(times: number): Promise<{ accepted: number; lost: string[]; findings: unknown[] }> {
  const home = join(temporaryDirectory(), 'home');
  expect((await runCli(['init', 'alice.test', '--home', home, '--yes'])).code).toBe(0);
  const tokens = await signTokens(home);
  const accepted = new Set<string>();
  let next = 0;
  const take = () => tokens[next++ % tokens.length] as string;

  for (let round = 0; round < times; round++) {
    const flags = ['--home', home, '--plain-http', '--port', '0', '--json', '--quiet', '--no-rate-limits'];
    const server = startCli(['serve', ...flags], { timeout: 60_000 });
    const { port } = JSON.parse(await server.line((line) => line.includes('"ready"')));
    // The moment is what this test varies: every fifth time from the first one on, else somewhere behind some answers, so
    // that a slow machine has something to lose as well.
    const kill = onceAfter(round % 5 === 0 ? 0 : 1 + Math.floor(Math.random() * 40), () =>
      setTimeout(() => server.child.kill('SIGKILL'), Math.random() * 30),
    );
    const clients = Array.from({ length: CONNECTIONS }, () =>
      pour(port, take, (token) => {
        accepted.add(actionId(token));
        kill();
      }),
    );
    const { signal } = await server.done;
    expect(signal).toBe('SIGKILL');
    await Promise.all(clients);
  }

  const store = await openFileStore(home);
  const lost = [...accepted].filter((id) => store.row('alice.test', id) === null);
  const { findings } = await store.check();
  await store.close();
  return { accepted: accepted.size, lost, findings };
}

/** Runs `action` at the call number `count`; at once when that is 0. */
function onceAfter(count: number, action: () => void): () => void {
  let calls = 0;
  if (count === 0) action();
  return () => {
    calls += 1;
    if (calls === count) action();
  };
}

/** Comments by issuers whose keys the home has in its cache. */
async function signTokens(home: string): Promise<string[]> {
  const cache = await openKeyCache(home);
  const keys = Array.from({ length: ISSUERS }, (_, index) => ({ iss: `peer-${index}.test`, ...generateKeyPair() }));
  for (const { iss, publicKey } of keys) {
    const published = [{ keyId: '260101', publicKey: exportPublicKey(publicKey, 'wire') }];
    cache.put({ idTag: iss, name: iss, type: 'person', keys: published, fetchedAt: Date.now() });
  }
  await cache.close();
  const iat = Math.floor(Date.now() / 1000);
  const p = actionId('a post that everybody answers');
  return Promise.all(
    Array.from({ length: TOKENS }, (_, index) => {
      const { iss, privateKey } = keys[index % ISSUERS] as (typeof keys)[number];
      return createToken({ iss, k: '260101', t: 'CMNT', c: `Comment ${index}`, p, aud: 'alice.test', iat }, privateKey);
    }),
  );
}

/** Posts one token after the other over one connection until the server is gone. */
function pour(port: number, take: () => string, onAccepted: (token: string) => void): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, '127.0.0.1');
    let sent = '';
    const send = () => {
      sent = take();
      const body = JSON.stringify({ token: sent });
      const headers = `Host: cl-o.alice.test\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
      socket.write(`POST /api/inbox HTTP/1.1\r\n${headers}\r\n\r\n${body}`);
    };
    socket.on('connect', send);
    socket.on('data', (chunk) => {
      if (chunk.toString('latin1').startsWith('HTTP/1.1 202')) onAccepted(sent);
      send();
    });
    socket.on('error', () => {
      // The server was killed: that is the point.
    });
    socket.on('close', () => resolve());
  });
}
