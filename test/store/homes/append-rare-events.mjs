// Appends to the journal of a closed home what no command makes at will: a line for each, as docs/home-directory.md describes it.
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const journal = join(process.argv[2], 'journal');
const segment = join(
  journal,
  readdirSync(journal)
    .filter((name) => name.endsWith('.ndjson'))
    .sort()
    .at(-1),
);
const records = readFileSync(segment, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line).r);
const own = records
  .flatMap(({ e }) => e)
  .filter(({ kind, tenant, direction }) => kind === 'action' && tenant === 'alice.test' && direction === 'out');
const foreign = records.flatMap(({ e }) => e).find(({ kind, direction }) => kind === 'action' && direction === 'in');
const at = records.at(-1).at;
const tenant = 'alice.test';
const [{ actionId, token }] = own;
const error = { code: 'network.refused', message: 'Connection refused' };
const sha = (text) => createHash('sha256').update(text).digest('base64url');
const parked = (n) => {
  const [head, body] = foreign.token.split('.');
  const made = `${head}.${body}.${sha(`${n}`)}`;
  return { actionId: `a1~${sha(made)}`, token: made };
};
const [waiting, dealtWith] = [parked(1), parked(2)];
const events = [
  [{ kind: 'delivery', tenant, actionId, to: 'erin.test', state: 'queued', attempts: 0, related: [token], at }],
  [
    {
      kind: 'delivery',
      tenant,
      actionId,
      to: 'erin.test',
      state: 'queued',
      attempts: 1,
      nextAt: at + 60_000,
      peerNextAt: at + 120_000,
      error,
      at: at + 1,
    },
  ],
  [{ kind: 'delivery', tenant, actionId, to: 'frank.test', state: 'queued', attempts: 0, at }],
  [{ kind: 'delivery', tenant, actionId, to: 'frank.test', state: 'expired', attempts: 12, error, at: at + 2 }],
  [{ kind: 'deliveries', tenant, actionId, to: ['gina.test', 'hans.test'], nextAt: at + 5000, related: [token], at }],
  [{ kind: 'parked', tenant, ...waiting, related: [token], issuer: 'bob.test', attempts: 1, nextAt: at + 60_000, at }],
  [{ kind: 'parked', tenant, ...dealtWith, issuer: 'bob.test', attempts: 1, nextAt: at + 60_000, at }],
  [{ kind: 'unparked', tenant, actionId: dealtWith.actionId, outcome: 'refused', at: at + 1 }],
  [{ kind: 'peer', tenant, idTag: 'gina.test', name: 'Gina', type: 'person', at }],
  [
    {
      kind: 'fetch',
      tenant,
      fileId: `f1~${sha('queued')}`,
      from: 'bob.test',
      state: 'queued',
      attempts: 1,
      nextAt: at + 60_000,
      error,
      at,
    },
  ],
  [{ kind: 'fetch', tenant, fileId: `f1~${sha('over')}`, from: 'bob.test', state: 'expired', attempts: 9, error, at }],
];
let n = records.at(-1).n;
for (const e of events) {
  n += 1;
  const record = JSON.stringify({ n, at, e });
  appendFileSync(segment, `{"h":"${sha(record)}","r":${record}}\n`);
}
