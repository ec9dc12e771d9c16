/** Checks the documents of identities. */
import { join } from 'node:path';
import { CloudilloError } from '../../protocol/errors.ts';
import { type DocumentParser, DurableAdapter } from '../disk/durable-adapter.ts';
import { homePaths } from '../home/home.ts';
import type { Finding } from '../model/store-interface.ts';
import { parseAccess } from './access-document.ts';
import { identityFolders } from './identities.ts';
import { parseIdentity } from './identity-document.ts';

/**
 * Reads the documents of a home's identities as the next command will. @returns the faults @throws {CloudilloError} `store.io`
 */
export async function checkIdentities(root: string): Promise<Finding[]> {
  const { identities } = homePaths(root);
  const reasons: string[] = [];
  for (const name of await identityFolders(identities)) {
    const folder = join(identities, name);
    const identity = join(folder, 'identity.json');
    if ((await read(identity, parseIdentity, reasons)) === null) reasons.push(`The file ${identity} is missing`);
    await read(join(folder, 'access.json'), parseAccess, reasons);
  }
  return reasons.map((reason) => ({ kind: 'document', reason }));
}

/** @returns null: there is no such file */
async function read<T>(path: string, parse: DocumentParser<T>, reasons: string[]): Promise<T | null | undefined> {
  try {
    return await new DurableAdapter(path, parse).read();
  } catch (error) {
    if (!(error instanceof CloudilloError && error.code === 'store.document')) throw error;
    reasons.push(error.message);
    return undefined;
  }
}
