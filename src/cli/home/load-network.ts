/** The network that requests go to, as the settings or a flag name it. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Network, PUBLIC_NETWORK, parseNetwork, usable } from '../../federation/http/network.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { utf8Text } from '../../protocol/text-encoding.ts';
import { whyUnreadable } from '../../store/disk/disk-errors.ts';
import type { Settings } from '../../store/settings/settings.ts';

const NETWORK_HINT =
  'Make it anew with "cloudillo sandbox up", or use the public network: cloudillo config unset network';

/** The network that the settings name: the sandbox's file, or the public one. A file that can't be used is an error only for a request. */
export async function loadNetwork(settings: Pick<Settings, 'network'>): Promise<Network> {
  if (!settings.network) return PUBLIC_NETWORK;
  try {
    return await readNetwork(resolve(settings.network));
  } catch (reason) {
    if (reason instanceof CloudilloError) return { kind: 'unusable', reason };
    throw reason;
  }
}

/** @throws CloudilloError `usage.network` */
async function readNetwork(path: string): Promise<Network> {
  let text: string;
  try {
    text = utf8Text(await readFile(path));
  } catch (error) {
    throw new CloudilloError('usage.network', `Could not read the network file ${path}: ${whyUnreadable(error)}`, {
      stage: 'input',
      hint: NETWORK_HINT,
    });
  }
  return parseNetwork(parseJson(text, path));
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CloudilloError('usage.network', `The network file ${path} is not JSON`, {
      stage: 'input',
      hint: NETWORK_HINT,
      cause,
    });
  }
}

/** A network file that was named for this very run. @throws CloudilloError `usage.network`: it can't be used */
export async function assertNetworkFile(path: string): Promise<void> {
  usable(await loadNetwork({ network: path }));
}
