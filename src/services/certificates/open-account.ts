/** Opens the account at the certificate authority that the settings name, and makes one where there is none. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { type Authority, type ExternalAccount, openAuthority } from '../../federation/acme/authority.ts';
import { authorityNetwork } from '../../federation/acme/authority-network.ts';
import { createRequester } from '../../federation/http/request.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { whyUnreadable } from '../../store/disk/disk-errors.ts';
import { exposedMode } from '../../store/disk/durable-file.ts';
import { readAcmeAccount, writeAcmeAccount } from '../../store/identities/acme-files.ts';
import type { Deps } from '../runtime/deps.ts';

/** An authority with an account, until it is closed. */
export interface OpenAccount {
  authority: Authority;
  /** Makes the account again: the authority has lost it. */
  renew(): Promise<void>;
  close(): void;
}

type AccountDeps = Pick<Deps, 'home' | 'settings' | 'clock' | 'observer'>;

/** @throws CloudilloError `acme.*`, `tls.unreadable`, `key.mode`, `store.*`, those of the request module */
export async function openAccount(deps: AccountDeps, signal: AbortSignal): Promise<OpenAccount> {
  const { home, settings, clock, observer } = deps;
  const { directory, ca } = settings.acme;
  const known = await readAcmeAccount(home, directory);
  const key = known
    ? createPrivateKey(known.privateKey)
    : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const network = authorityNetwork(directory, ca === null ? null : await textOf(ca, 'acme.ca'));
  const requester = createRequester({ network, timeout: settings.request.timeout, clock: clock.wall, observer });
  try {
    const authority = await openAuthority({
      ...{ requester, url: directory, key, publicKey: createPublicKey(key), signal },
      account: known?.account ?? null,
      now: clock.wall,
    });
    const renew = () => register(deps, authority, key);
    if (!known) await renew();
    return { authority, renew, close: () => requester.close() };
  } catch (error) {
    requester.close();
    throw error;
  }
}

async function register({ home, settings }: AccountDeps, authority: Authority, key: KeyObject): Promise<void> {
  const { directory, email, agree, eabKid, eabKey } = settings.acme;
  const { termsOfService, externalAccountRequired } = authority.directory;
  if (!agree && termsOfService !== null) {
    throw new CloudilloError('acme.terms', `The authority has terms of service: ${termsOfService}`, {
      stage: 'input',
      details: { termsOfService },
    });
  }
  if (externalAccountRequired && (eabKid === null || eabKey === null)) {
    throw new CloudilloError('acme.account', 'The authority wants an account that you have with it by other ways', {
      stage: 'input',
      hint: 'Get the ID and the key from it: cloudillo config set acme.eabKid ID, and cloudillo config set acme.eabKey FILE',
    });
  }
  const external = eabKid !== null && eabKey !== null ? await externalAccount(eabKid, eabKey) : null;
  const account = await authority.register({ email, external });
  const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  await writeAcmeAccount(home, { directory, account, privateKey });
}

async function externalAccount(kid: string, path: string): Promise<ExternalAccount> {
  const text = (await textOf(path, 'acme.eabKey')).trim();
  const mode = exposedMode((await stat(path)).mode);
  if (mode !== null) {
    throw new CloudilloError('key.mode', `Others may read the key ${path} (${mode})`, {
      stage: 'input',
      hint: `chmod 600 ${path}`,
    });
  }
  if (!/^[\w-]{16,}=*$/.test(text)) {
    throw new CloudilloError('acme.account', `${path} holds no key in base64url`, {
      stage: 'input',
      hint: 'Put the key into the file as the authority shows it, and nothing else.',
    });
  }
  return { kid, key: Buffer.from(text, 'base64url') };
}

async function textOf(path: string, setting: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CloudilloError('tls.unreadable', `Could not read ${path}: ${whyUnreadable(error)}`, {
      stage: 'input',
      hint: `Name another file: cloudillo config set ${setting} FILE`,
      details: { path },
    });
  }
}
