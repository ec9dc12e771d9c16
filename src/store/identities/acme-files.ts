/** What is kept of certificate authorities: accounts in the home, and a certificate with its next renewal beside each identity. */
import { createHash, createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { ERRORS, type ErrorCode } from '../../protocol/error-table.ts';
import { idTagToAscii } from '../../protocol/id-tag.ts';
import { openDocument } from '../disk/document.ts';
import { makeDirectory, writeDurably } from '../disk/durable-file.ts';
import { assertFields, integer, type Rule, text } from '../disk/field-rules.ts';
import { homePaths } from '../home/home.ts';

/** An account at one authority. */
export interface AcmeAccount {
  /** The URL of the authority's directory. */
  directory: string;
  /** The URL of the account. */
  account: string;
  /** PEM, PKCS#8. */
  privateKey: string;
}

/** Why the last renewal failed. */
export interface RenewalFailure {
  code: ErrorCode;
  message: string;
  hint: string | null;
}

/** When a certificate is renewed. Times are unix milliseconds. */
export interface RenewalState {
  /** The authority that the certificate is from, or was to be from: the URL of its directory. */
  directory: string;
  /** When the certificate came; null: there is none yet. */
  issuedAt: number | null;
  /** When it is renewed, or the renewal is tried again. */
  nextAt: number;
  /** Until then the authority wants no request; null: it said nothing. */
  notBefore: number | null;
  /** When the authority is asked again for the time of the renewal; null: it isn't asked. */
  askAt: number | null;
  /** Attempts that failed since the last success. */
  failures: number;
  failedAt: number | null;
  error: RenewalFailure | null;
}

/** The file with an identity's chain and its private key. */
export function acmeCertificatePath(home: string, idTag: string): string {
  return join(homePaths(home).identities, idTagToAscii(idTag), 'acme.pem');
}

/** The file of an account. Authorities at one host may have several directories. */
export function acmeAccountPath(home: string, directory: string): string {
  const mark = createHash('sha256').update(directory).digest('hex').slice(0, 8);
  return join(homePaths(home).acme, `${new URL(directory).hostname.replace(/[^\w.-]/g, '')}-${mark}.json`);
}

/** Reads an account; null: there is none. @throws {CloudilloError} `store.document` | `store.io` */
export async function readAcmeAccount(home: string, directory: string): Promise<AcmeAccount | null> {
  const document = await openDocument<AcmeAccount | null>(acmeAccountPath(home, directory), {
    parse: (json) => {
      assertFields(json, { directory: text, account: text, privateKey }, '');
      return json as AcmeAccount;
    },
    initial: null,
  });
  return document.data;
}

/** Writes an account. @throws {CloudilloError} `store.full` | `store.io` */
export async function writeAcmeAccount(home: string, account: AcmeAccount): Promise<void> {
  await makeDirectory(homePaths(home).acme);
  await writeDurably(acmeAccountPath(home, account.directory), `${JSON.stringify(account, null, 2)}\n`);
}

/** Writes a chain and its key, both PEM, so that never one is there without the other. @throws {CloudilloError} `store.…` */
export async function writeAcmeCertificate(home: string, idTag: string, chain: string, key: string): Promise<void> {
  await writeDurably(acmeCertificatePath(home, idTag), `${chain.trim()}\n${key.trim()}\n`);
}

/** Reads when a certificate is renewed; null: none was ordered yet. @throws {CloudilloError} `store.document` | `store.io` */
export async function readRenewal(home: string, idTag: string): Promise<RenewalState | null> {
  const document = await openDocument<RenewalState | null>(renewalPath(home, idTag), {
    parse: parseRenewal,
    initial: null,
  });
  return document.data;
}

/** Writes when a certificate is renewed. @throws {CloudilloError} `store.full` | `store.io` */
export async function writeRenewal(home: string, idTag: string, state: RenewalState): Promise<void> {
  await writeDurably(renewalPath(home, idTag), `${JSON.stringify(state, null, 2)}\n`);
}

function renewalPath(home: string, idTag: string): string {
  return join(homePaths(home).identities, idTagToAscii(idTag), 'acme.json');
}

const privateKey: Rule = (value) => {
  try {
    createPrivateKey(String(value));
    return null;
  } catch {
    return 'must be a private key in PEM';
  }
};

const orNull =
  (rule: Rule): Rule =>
  (value) =>
    value === null ? null : rule(value);

function parseRenewal(json: unknown): RenewalState {
  const time = integer(0);
  const failure: Rule = (value) => {
    assertFields(value, { code: text, message: text, hint: orNull(text) }, 'error');
    return Object.hasOwn(ERRORS, (value as RenewalFailure).code) ? null : 'must have a known code';
  };
  assertFields(
    json,
    {
      ...{ directory: text, issuedAt: orNull(time), nextAt: time, notBefore: orNull(time), askAt: orNull(time) },
      ...{ failures: integer(0), failedAt: orNull(time), error: orNull(failure) },
    },
    '',
  );
  return json as RenewalState;
}
