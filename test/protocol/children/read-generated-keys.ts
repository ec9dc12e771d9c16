import { exportPublicJwk, generateKeyPair } from '../../../src/protocol/keys.ts';

/** Reads generated keys until the jobs that made them have been garbage-collected, in the midst of it. */
for (let pairs = 0; pairs < 100; pairs++) {
  const { privateKey, publicKey } = generateKeyPair();
  for (let times = 0; times < 100; times++) {
    exportPublicJwk(publicKey);
    exportPublicJwk(privateKey);
  }
}
process.stdout.write('read');
