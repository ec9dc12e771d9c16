import { describe, expect, it } from 'vitest';
import { authority, record, reply, scripted, zone } from '../../support/dns-servers.ts';
import { runCli } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';

const idTag = 'alice.example.com';
const right = [record(`cl-o.${idTag}`, 'A', '192.0.2.1'), record(idTag, 'A', '192.0.2.1')];

/** `--resolver` for a server that serves these records. */
async function resolver(records = right): Promise<string[]> {
  const { port } = await authority([zone('example.com', ...records)]);
  return ['--resolver', `127.0.0.1:${port}`];
}

const check = (...words: string[]) => runCli(['dns-check', idTag, ...words]);

describe('dns-check', () => {
  it('exits 0 when all is right', async () => {
    const words = [...(await resolver()), '--expect', '192.0.2.1'];
    const [text, json] = [await check(...words), await check(...words, '--json')];
    expect([text.code, text.stderr, json.code]).toEqual([0, '', 0]);
    expect(text.stdout).toContain(`cl-o.${idTag}`);
    expect(schemaProblems('dns-check', json.json)).toEqual([]);
    expect(json.json).toMatchObject({ verdict: 'ok', records: { add: [] } });
  });

  it('exits 3 and names the records when something is missing', async () => {
    const words = [...(await resolver([])), '--expect', '192.0.2.1'];
    const [text, json] = [await check(...words), await check(...words, '--json')];
    expect([text.code, json.code, json.json.verdict]).toEqual([3, 3, 'nodns']);
    expect(text.stdout).toContain(`cl-o.${idTag}.  3600  IN  A  192.0.2.1`);
    expect(schemaProblems('dns-check', json.json)).toEqual([]);
  });

  it('exits 3 when a name leads elsewhere', async () => {
    const result = await check(...(await resolver()), '--expect', '192.0.2.9', '--json');
    expect([result.code, result.json.verdict]).toEqual([3, 'address']);
  });

  it('exits 3 for an address that no peer connects to, and says what is wrong with it', async () => {
    const records = [record(`cl-o.${idTag}`, 'A', '10.0.0.5'), record(idTag, 'A', '10.0.0.5')];
    const words = [...(await resolver(records)), '--expect', '10.0.0.5'];
    const [text, json] = [await check(...words), await check(...words, '--json')];
    expect([text.code, json.code, json.json.verdict]).toEqual([3, 3, 'address']);
    expect(schemaProblems('dns-check', json.json)).toEqual([]);
    expect(json.json).toMatchObject({ blocked: [{ address: '10.0.0.5', range: 'private' }], records: { add: [] } });
    expect(text.stdout).toContain('address: a name leads to an address that no peer connects to\n');
    expect(text.stdout).toContain('leads to 10.0.0.5; no peer connects to 10.0.0.5 (private)');
    expect(text.stdout).toContain('→ 10.0.0.5 is private: peers connect to public addresses only.');
    // What the documentation of the network sets aside for examples stands for a public address, with a note.
    expect((await check(...(await resolver()))).stdout).toContain('192.0.2.1 is reserved for documentation');
  });

  it('exits 5 when a lookup failed, and 3 when another resolver proved a failure', async () => {
    const { port } = await scripted((query) => [reply(query, 2)]);
    const failing = ['--resolver', `127.0.0.1:${port}`];
    const result = await check(...failing, '--json');
    expect([result.code, result.json.verdict]).toEqual([5, 'transient']);
    expect(schemaProblems('dns-check', result.json)).toEqual([]);
    expect((await check(...failing, ...(await resolver([])))).code).toBe(3);
  });

  it('asks over TCP, and from a given root', async () => {
    const { port } = await authority([zone('', ...right)]);
    expect((await check('--resolver', `tcp://127.0.0.1:${port}`)).code).toBe(0);
    expect((await check('--root', `127.0.0.1:${port}`)).code).toBe(0);
  });

  it.each([
    ['zone', [`cl-o.${idTag}.  3600  IN  A      192.0.2.1`, `cl-o.${idTag}.  3600  IN  AAAA   2001:db8::1`]],
    ['host', ['cl-o.alice  3600  IN  A     192.0.2.1', 'cl-o.alice  3600  IN  AAAA  2001:db8::1']],
  ])('writes only the records with --format %s', async (format, lines) => {
    const expected = ['--expect', '192.0.2.1', '--expect', '2001:db8::1'];
    const { code, stdout } = await check(...(await resolver([])), ...expected, '--format', format);
    const got = stdout.split('\n').slice(0, 2);
    const words = (list: string[]) => list.map((line) => line.split(/\s+/));
    expect([code, words(got)]).toEqual([3, words(lines)]);
    expect(stdout.trim().split('\n')).toHaveLength(4);
  });

  it('writes the records as JSON, relative ones for a zone, and nothing when nothing is missing', async () => {
    const missing = [...(await resolver([])), '--expect', '192.0.2.1'];
    expect((await check(...missing, '--format', 'json')).json).toContainEqual({
      name: idTag,
      type: 'A',
      ttl: 3600,
      data: '192.0.2.1',
    });
    expect((await check(...missing, '--format', 'host', '--zone', idTag)).stdout).toMatch(/^@ /m);
    expect((await check(...(await resolver()), '--format', 'zone')).stdout).toBe('');
  });

  it('exits 9 when it was not right in time', async () => {
    const result = await check(...(await resolver([])), '--wait', '50ms', '--json');
    expect([result.code, result.json.error.code]).toEqual([9, 'wait.timeout']);
    expect(schemaProblems('dns-check', result.json)).toEqual([]);
  });

  it('shows no control characters that an answer holds', async () => {
    const { port } = await scripted((query) => [
      {
        ...reply(query, 0, 1 << 7),
        answers: [{ name: query.questions?.[0]?.name ?? '', type: 'CNAME', data: 'x\u001b]0;title\u0007.example.com' }],
      },
    ]);
    const { stdout, code } = await check('--resolver', `127.0.0.1:${port}`);
    expect([code, stdout.includes('\u001b')]).toEqual([5, false]);
  });

  it.each([
    ['an idTag', ['dns-check', 'x'], 'usage.id-tag'],
    ['a resolver', ['dns-check', idTag, '--resolver', 'dns.example'], 'usage.resolver'],
    ['an address', ['dns-check', idTag, '--expect', 'http://x'], 'usage.expect'],
    ['a duration', ['dns-check', idTag, '--wait', 'long'], 'usage.duration'],
    ['a network file', ['dns-check', idTag, '--network', '/nowhere'], 'usage.network'],
  ])('refuses %s that is none', async (_, words, code) => {
    const result = await runCli([...words, '--json']);
    expect([result.code, result.json.error.code]).toEqual([2, code]);
  });
});
