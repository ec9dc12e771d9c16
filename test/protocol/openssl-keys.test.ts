import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pemOfDer } from '../../src/protocol/key-text.ts';
import {
  exportPrivateKey,
  exportPublicJwk,
  exportPublicKey,
  fingerprint,
  generateKeyPair,
  importPrivateKey,
  importPublicKey,
} from '../../src/protocol/keys.ts';
import { codeOf } from '../support/codes.ts';
import { runCli, temporaryDirectory } from '../support/run-cli.ts';

const directory = temporaryDirectory();
const file = (name: string) => join(directory, name);
const openssl = (line: string) => execFileSync('openssl', line.split(' '), { cwd: directory, stdio: 'pipe' });
/** The bytes of the named curve's algorithm, and the whole point. */
const SPKI = /^3076301006072a8648ce3d020106052b8104002203620004/;
let wire = '';

/** Each way by its file: the words of `openssl` that make it of `sec1.pem`. */
const WAYS: Readonly<Record<string, string>> = {
  'pkcs8.pem': 'pkcs8 -topk8 -nocrypt -in sec1.pem -out pkcs8.pem',
  'pkcs8-encrypted.pem': 'pkcs8 -topk8 -in sec1.pem -passout pass:x -out pkcs8-encrypted.pem',
  'sec1-encrypted.pem': 'ec -in sec1.pem -aes256 -passout pass:x -out sec1-encrypted.pem',
  'no-public.pem': 'ec -in sec1.pem -no_public -out no-public.pem',
  'compressed.pem': 'ec -in sec1.pem -conv_form compressed -out compressed.pem',
  'explicit.pem': 'ec -in sec1.pem -param_enc explicit -out explicit.pem',
  'text.pem': 'pkey -in sec1.pem -text -out text.pem',
  'sec1.der': 'ec -in sec1.pem -outform DER -out sec1.der',
  'explicit.der': 'ec -in sec1.pem -param_enc explicit -outform DER -out explicit.der',
  'pkcs8.der': 'pkcs8 -topk8 -nocrypt -in sec1.pem -outform DER -out pkcs8.der',
  'pkcs8-encrypted.der': 'pkcs8 -topk8 -in sec1.pem -outform DER -passout pass:x -out pkcs8-encrypted.der',
  'attributes.pem': 'pkcs12 -in bag.p12 -nodes -passin pass:x -out attributes.pem',
};

beforeAll(() => {
  openssl('ecparam -name secp384r1 -genkey -out both.pem');
  openssl('ec -in both.pem -out sec1.pem');
  openssl('req -x509 -new -key sec1.pem -subj /CN=a -days 2 -out certificate.pem');
  openssl('pkcs12 -export -inkey sec1.pem -in certificate.pem -passout pass:x -out bag.p12');
  for (const line of Object.values(WAYS)) openssl(line);
  openssl('ec -in both.pem -pubout -out public.pem');
  wire = exportPublicKey(importPublicKey(readFileSync(file('public.pem'))), 'wire');
});

describe('a private key as openssl writes it', () => {
  it.each(['both.pem', 'sec1.pem', ...Object.keys(WAYS)])('%s imports, and is published in the one form', (name) => {
    const bytes = readFileSync(file(name));
    const key = importPrivateKey(pemOfDer(bytes) ?? bytes, 'x');
    expect(exportPublicKey(key, 'wire')).toBe(wire);
    expect(createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('hex')).toMatch(SPKI);
    // What is stored has no explicit parameters any more, either.
    expect(exportPrivateKey(key).length).toBeLessThan(400);
  });

  it.each(['both.pem', 'explicit.der', 'pkcs8.der', 'attributes.pem'])('%s imports by the command', async (name) => {
    const out = file(`${name}.out`);
    const made = await runCli(['keygen', '--out', out, '--import', file(name), '--json']);
    expect(made).toMatchObject({ code: 0 });
    const piped = await runCli(['keygen', '--out', `${out}2`, '--import', '-', '--json'], {
      stdin: readFileSync(file(name)),
    });
    expect([piped.code, piped.json.fingerprint]).toEqual([0, made.json.fingerprint]);
    expect(exportPublicKey(importPrivateKey(readFileSync(out)), 'wire')).toBe(wire);
  });

  it('several in one file are none: nobody knows which is meant', () => {
    const text = readFileSync(file('sec1.pem'), 'utf8');
    expect(codeOf(() => importPrivateKey(text + text))).toBe('key.malformed');
  });

  it('what is no key in DER stays what it is', () => {
    for (const bytes of [Buffer.from('0123456789'), Buffer.alloc(0), readFileSync(file('certificate.pem'))]) {
      expect(pemOfDer(bytes)).toBeNull();
    }
  });
});

describe('a public key as openssl writes it', () => {
  const publicForm = (words: string) => {
    openssl(`${words} -out p.pem`);
    return readFileSync(file('p.pem'), 'utf8');
  };

  it.each([
    'ec -in sec1.pem -pubout -conv_form compressed',
    'pkey -in sec1.pem -pubout -text',
    'ec -in sec1.pem -pubout -text',
  ])('reads, and has the fingerprint of the key: %s', (words) => {
    const key = importPublicKey(publicForm(words));
    expect(exportPublicKey(key, 'wire')).toBe(wire);
    expect(fingerprint(key)).toBe(fingerprint(importPublicKey(wire)));
  });

  it('with explicit parameters is refused, as a peer may publish it and in a file', () => {
    const text = publicForm('ec -in sec1.pem -pubout -param_enc explicit');
    const der = createPublicKey(text).export({ format: 'der', type: 'spki' });
    expect(codeOf(() => importPublicKey(text))).toBe('key.curve');
    expect(codeOf(() => importPublicKey(der.toString('base64')))).toBe('key.curve');
  });
});

describe('a generated key', () => {
  it('keeps its form', () => {
    const { publicKey } = generateKeyPair();
    expect(importPublicKey(JSON.stringify(exportPublicJwk(publicKey))).equals(publicKey)).toBe(true);
  });
});
