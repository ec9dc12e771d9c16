/**
 * The floor for bench/fan-out.ts: node-fetch and nothing else. Posts one token to every follower, so many at a time, reads the
 * answers. It looks up no names and writes nothing down. argv: file with JSON { ca, port, token, from, to,
 * parallel }. No connection is kept: none is needed twice.
 */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import fetch from 'node-fetch';

const { ca, port, token, from, to, parallel } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const lookup = (_host, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};
const agent = new Agent({ ca, lookup });
const body = JSON.stringify({ token });
const headers = { 'Content-Type': 'application/json' };
let next = from;

async function worker() {
  for (let number = next++; number < to; number = next++) {
    const url = `https://cl-o.f${number}.test:${port}/api/inbox`;
    const response = await fetch(url, { method: 'POST', body, headers, agent });
    if (response.status !== 202) throw new Error(`${url} answered ${response.status}`);
    await response.arrayBuffer();
  }
}

await Promise.all(Array.from({ length: parallel }, worker));
agent.destroy();
