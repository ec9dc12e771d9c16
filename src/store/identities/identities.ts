/** The identities of a home, on disk. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CloudilloError } from '../../protocol/errors.ts';
import { idTagToAscii } from '../../protocol/id-tag.ts';
import { diskError, hasErrno } from '../disk/disk-errors.ts';
import { type Change, type Document, openDocument } from '../disk/document.ts';
import { DIRECTORY_MODE, makeDirectory, syncDirectory, writeDurably } from '../disk/durable-file.ts';
import { type Fence, UNSHARED } from '../home/fence.ts';
import { homePaths } from '../home/home.ts';
import type { Access } from './access-document.ts';
import { AccessFiles } from './access-files.ts';
import { type Identity, parseIdentity } from './identity-document.ts';
import {
  fileExists,
  type KeyFileOptions,
  keyFileExists,
  keyFilePath,
  readSecretFile,
  writeSecretFile,
} from './key-files.ts';
import { namesIn, pendingKeyPath, placePendingKey, settlePendingKeys } from './pending-keys.ts';

/** The tenants of a home: `identities/<A-label>/{identity.json,keys/<keyId>.pem,access-secret,access.json}`. */
export interface Identities {
  /** All tenants, by idTag. */
  list(): Promise<Identity[]>;
  /** Reads one. @returns null when it isn't a tenant @throws {CloudilloError} `store.document` */
  read(idTag: string): Promise<Identity | null>;
  /**
   * Creates one, all or nothing. @param privateKeyPem of the identity's last key @throws {CloudilloError} `home.identity-exists`
   */
  create(identity: Identity, privateKeyPem?: string): Promise<Identity>;
  /** Changes a copy and writes it. @throws {CloudilloError} `home.identity-missing`, `store.full`, `store.io` */
  update(idTag: string, change: Change<Identity>): Promise<Identity>;
  /** Reads a private key. @throws {CloudilloError} `key.missing`, `key.mode`, `key.unreadable`, `key.id` */
  readPrivateKeyPem(idTag: string, keyId: string): Promise<string>;
  /** The IDs of key files, those that the identity doesn't name included. @throws {CloudilloError} `store.io` */
  keyFileIds(idTag: string): Promise<string[]>;
  /**
   * Writes a private key with the change that names it: both or neither, also after a crash. It never overwrites a key. One call
   * at a time.
   * @throws {CloudilloError} `key.exists`, `key.id`, `home.identity-missing`, `store.full`, `store.io`
   */
  addKey(idTag: string, keyId: string, pem: string, change: Change<Identity>): Promise<Identity>;
  /** The path of a private key, for messages. */
  privateKeyPath(idTag: string, keyId: string): string;
  /** 32 random bytes that sign this tenant's access tokens. They are made at the first call. */
  accessSecret(idTag: string): Promise<Uint8Array>;
  /** Password, API keys and ended sessions; empty when there are none. Don't change it: see `updateAccess`. */
  access(idTag: string): Promise<Readonly<Access>>;
  /**
   * Changes a copy and writes it. Only the home's owner may. @throws {CloudilloError} `store.document`, `store.full`, `store.io`
   */
  updateAccess(idTag: string, change: Change<Access>): Promise<Readonly<Access>>;
  /** Calls `listener`, which must not throw, after each `updateAccess`. @returns stop listening */
  onAccess(listener: (idTag: string) => void): () => void;
}

type IdentitiesOptions = KeyFileOptions & { fence?: Fence };

const SECRET_BYTES = 32;
/** How many documents are read at once. A home may have more identities than a process may have files open. */
const TOGETHER = 16;

/**
 * Makes the access to a home's tenants. Nothing is opened yet: each call reads what it needs.
 * @param options how strictly the modes of key files are checked, and the fence that is checked before each change
 */
export function createIdentities(root: string, options: IdentitiesOptions = {}): Identities {
  return new DiskIdentities(homePaths(root).identities, options);
}

/** The names of the identities' folders in `directory`; none when it doesn't exist. @throws {CloudilloError} `store.io` */
export async function identityFolders(directory: string): Promise<string[]> {
  try {
    // A dot marks an unfinished creation.
    return (await readdir(directory)).filter((name) => !name.startsWith('.'));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw diskError(error, 'list the identities', directory);
  }
}

/**
 * A name for the folder of an identity that is being made, with the number of this process. The folder of an ended process is
 * swept.
 */
function newFolderName(ascii: string): string {
  return `.${ascii}.${process.pid}.${randomBytes(6).toString('hex')}`;
}

class DiskIdentities implements Identities {
  readonly #root: string;
  readonly #options: KeyFileOptions;
  readonly #fence: Fence;
  readonly #documents = new Map<string, Promise<Document<Identity | null>>>();
  readonly #accessListeners = new Set<(idTag: string) => void>();
  readonly #access = new AccessFiles((idTag) => join(this.#folder(idTag), 'access.json'));

  constructor(root: string, { fence = UNSHARED, ...options }: IdentitiesOptions) {
    this.#root = root;
    this.#options = options;
    this.#fence = fence;
  }

  async list(): Promise<Identity[]> {
    const names = await identityFolders(this.#root);
    const found: (Identity | null)[] = [];
    while (names.length > 0)
      found.push(...(await Promise.all(names.splice(0, TOGETHER).map((name) => this.#load(name)))));
    return found.filter((identity) => identity !== null).sort((a, b) => (a.idTag < b.idTag ? -1 : 1));
  }

  async read(idTag: string): Promise<Identity | null> {
    return this.#load(idTagToAscii(idTag));
  }

  async create(identity: Identity, privateKeyPem?: string): Promise<Identity> {
    this.#fence.assertHeld();
    const parsed = parseIdentity(structuredClone(identity));
    const folder = this.#folder(identity.idTag);
    if (await fileExists(join(folder, 'identity.json'))) throw this.#taken(identity.idTag);
    const temporary = join(this.#root, newFolderName(idTagToAscii(identity.idTag)));
    try {
      await mkdir(join(temporary, 'keys'), { recursive: true, mode: DIRECTORY_MODE });
      const keyId = parsed.keys.at(-1)?.keyId;
      if (privateKeyPem !== undefined && keyId !== undefined) {
        await writeSecretFile(keyFilePath(join(temporary, 'keys'), keyId), privateKeyPem);
      }
      await writeDurably(join(temporary, 'identity.json'), `${JSON.stringify(parsed, null, 2)}\n`);
      await syncDirectory(temporary);
      await rename(temporary, folder);
      await syncDirectory(this.#root);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      if (hasErrno(error, 'ENOTEMPTY', 'EEXIST')) throw this.#taken(identity.idTag);
      throw diskError(error, `create the identity ${identity.idTag}`, folder);
    }
    this.#documents.delete(idTagToAscii(identity.idTag));
    return parsed;
  }

  async update(idTag: string, change: Change<Identity>): Promise<Identity> {
    this.#fence.assertHeld();
    const document = await this.#document(idTagToAscii(idTag));
    if (!(await document.reload())) throw this.#missing(idTag);
    const updated = await document.update((draft) => {
      const identity = draft as Identity;
      return parseIdentity(change(identity) ?? identity);
    });
    return structuredClone(updated as Identity);
  }

  async readPrivateKeyPem(idTag: string, keyId: string): Promise<string> {
    const path = this.privateKeyPath(idTag, keyId);
    const pending = pendingKeyPath(dirname(path), keyId);
    // A key that is being added gets its name after the identity names it. It may get it between two checks.
    const there = (await fileExists(path)) || !(await fileExists(pending)) ? path : pending;
    try {
      return (await readSecretFile(there, this.#options)).toString('utf8');
    } catch (error) {
      if (there === path || !(error instanceof CloudilloError && error.code === 'key.missing')) throw error;
      return (await readSecretFile(path, this.#options)).toString('utf8');
    }
  }

  async keyFileIds(idTag: string): Promise<string[]> {
    const names = await namesIn(join(this.#folder(idTag), 'keys'));
    return names.flatMap((name) => (name.endsWith('.pem') ? name.slice(0, -'.pem'.length) : []));
  }

  async addKey(idTag: string, keyId: string, pem: string, change: Change<Identity>): Promise<Identity> {
    this.#fence.assertHeld();
    const folder = this.#folder(idTag);
    const path = this.privateKeyPath(idTag, keyId);
    if (!(await fileExists(join(folder, 'identity.json')))) throw this.#missing(idTag);
    // The rest of an earlier attempt whose end failed, too.
    await settlePendingKeys(folder);
    if (await fileExists(path)) throw keyFileExists(path);
    await makeDirectory(dirname(path));
    try {
      await writeDurably(pendingKeyPath(dirname(path), keyId), pem);
      const updated = await this.update(idTag, change);
      await placePendingKey(dirname(path), keyId);
      return updated;
    } catch (error) {
      // A write that failed may have changed the identity all the same: its present content decides. The next start tries again.
      await settlePendingKeys(folder).catch(() => {});
      throw error;
    }
  }

  privateKeyPath(idTag: string, keyId: string): string {
    return keyFilePath(join(this.#folder(idTag), 'keys'), keyId);
  }

  async accessSecret(idTag: string): Promise<Uint8Array> {
    const path = join(this.#folder(idTag), 'access-secret');
    if (!(await fileExists(path))) {
      if (!(await fileExists(join(this.#folder(idTag), 'identity.json')))) throw this.#missing(idTag);
      this.#fence.assertHeld();
      try {
        await writeSecretFile(path, randomBytes(SECRET_BYTES));
      } catch (error) {
        // Another process made it in the meantime: that one counts.
        if (!(error instanceof CloudilloError && error.code === 'key.exists')) throw error;
      }
    }
    const secret = await readSecretFile(path, this.#options);
    if (secret.length === SECRET_BYTES) return secret;
    throw new CloudilloError('key.malformed', `The secret ${path} has ${secret.length} bytes instead of 32`, {
      stage: 'key',
      hint: 'Delete it: a new one is made, and access tokens given out so far stop working.',
      details: { path },
    });
  }

  access(idTag: string): Promise<Readonly<Access>> {
    return this.#access.read(idTag);
  }

  async updateAccess(idTag: string, change: Change<Access>): Promise<Readonly<Access>> {
    this.#fence.assertHeld();
    const access = await this.#access.update(idTag, change);
    for (const listener of this.#accessListeners) listener(idTag);
    return access;
  }

  onAccess(listener: (idTag: string) => void): () => void {
    this.#accessListeners.add(listener);
    return () => void this.#accessListeners.delete(listener);
  }

  #folder(idTag: string): string {
    return join(this.#root, idTagToAscii(idTag));
  }

  async #load(ascii: string): Promise<Identity | null> {
    const found = await (await this.#document(ascii)).reload();
    return found && structuredClone(found);
  }

  #document(ascii: string): Promise<Document<Identity | null>> {
    const known = this.#documents.get(ascii);
    if (known) return known;
    const path = join(this.#root, ascii, 'identity.json');
    const opened = openDocument<Identity | null>(path, { parse: parseIdentity, initial: null });
    this.#documents.set(ascii, opened);
    // A malformed file may be repaired while the server runs, so the failure isn't kept.
    opened.catch(() => this.#documents.delete(ascii));
    return opened;
  }

  #taken(idTag: string): CloudilloError {
    return new CloudilloError('home.identity-exists', `The identity ${idTag} exists already in this home`, {
      stage: 'home',
      hint: 'Add --exist-ok to accept the existing one.',
      details: { idTag },
    });
  }

  #missing(idTag: string): CloudilloError {
    return new CloudilloError('home.identity-missing', `This home doesn't host ${idTag}`, {
      stage: 'home',
      hint: `Add it with: cloudillo init ${idTag}`,
      details: { idTag },
    });
  }
}
