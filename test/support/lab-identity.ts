import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportPublicKey, generateKeyPair } from '../../src/protocol/keys.ts';
import { type ActionClaims, createToken } from '../../src/protocol/token.ts';
import { answer, type Handler, type Lab, type Peer, refuse } from './lab.ts';
import { temporaryDirectory } from './run-cli.ts';

/** Somebody who signs, and whose profile a test may serve or save. */
export interface TestIdentity {
  idTag: string;
  keyId: string;
  publicKey: string;
  profile: {
    idTag: string;
    name: string;
    type: string;
    keys: { keyId: string; publicKey: string; expiresAt?: string }[];
  };
  /** A token of these claims; `iss`, `k` and `iat` are filled in. */
  sign(claims: Partial<ActionClaims> & { t: string }): Promise<string>;
}

/** Unix seconds. */
export const now = (): number => Math.floor(Date.now() / 1000);

/** A fresh identity with one key. */
export function makeIdentity(idTag: string, keyId = '260131'): TestIdentity {
  const { privateKey, publicKey } = generateKeyPair();
  const wire = exportPublicKey(publicKey, 'wire');
  return {
    idTag,
    keyId,
    publicKey: wire,
    profile: { idTag, name: idTag, type: 'person', keys: [{ keyId, publicKey: wire }] },
    sign: (claims) => createToken({ iss: idTag, k: keyId, iat: now(), ...claims }, privateKey),
  };
}

/** Serves the profile of an identity, and with `handler` whatever else. */
export function servePeer(lab: Lab, { idTag, profile }: TestIdentity, handler?: Handler): Promise<Peer> {
  return lab.peer(idTag, (request, response) => {
    if (request.url === '/api/me') return answer(response, profile);
    if (handler) return handler(request, response);
    refuse(response, 404, 'E-CORE-NOTFOUND');
  });
}

/** The lab's network as a file for `--network`. */
export function networkFile({ network }: Lab): string {
  const endpoints = Object.entries(network.endpoints).map(([name, { others = [], ...first }]) => {
    const places = [first, ...others].map(({ address, port }) => `${address}:${port}`);
    return [name, places.length === 1 ? places[0] : places];
  });
  return save('network.json', {
    version: 1,
    dns: `${network.dns.address}:${network.dns.port}`,
    ca: network.ca,
    endpoints: Object.fromEntries(endpoints),
  });
}

/** Writes a file into a directory of its own; anything but text as JSON. */
export function save(name: string, content: unknown): string {
  const path = join(temporaryDirectory('file-'), name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}
