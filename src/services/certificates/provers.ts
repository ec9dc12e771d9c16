/** The ways to prove to a certificate authority that a name is ours. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { excerpt } from '../../federation/http/text-excerpt.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Challenges } from './challenges.ts';
import type { Prover } from './obtain-certificate.ts';

/** How long the owner's command may take, milliseconds. It may wait until the record is seen everywhere. */
const HOOK_LIMIT = 10 * 60_000;

/** The way that the settings choose: a command for DNS, a port for HTTP, else the port that is served. */
export function proverOf(
  { settings, clock, challenges }: Pick<Deps, 'settings' | 'clock'> & { challenges: Challenges },
  signal: AbortSignal,
): Prover {
  const { dnsHook, httpPort } = settings.acme;
  if (dnsHook !== null) return dnsProver(dnsHook, signal);
  if (httpPort > 0) {
    return {
      type: 'http-01',
      show: async (_name, { token, keyAuthorization }) => challenges.answer(token, keyAuthorization),
    };
  }
  return {
    type: 'tls-alpn-01',
    show: (name, { keyAuthorization }) => challenges.show(name, keyAuthorization, clock.wall()),
  };
}

/** Has a command of the owner's make the record (RFC 8555, section 8.4), and remove it. */
function dnsProver(hook: string, signal: AbortSignal): Prover {
  return {
    type: 'dns-01',
    async show(name, { keyAuthorization }) {
      const value = createHash('sha256').update(keyAuthorization).digest('base64url');
      const record = [`_acme-challenge.${name}`, value];
      // Also while the server stops: nobody else would remove it.
      const remove = () => run(hook, ['remove', ...record]);
      try {
        await run(hook, ['add', ...record], signal);
      } catch (error) {
        if (signal.aborted) await remove();
        throw error;
      }
      return remove;
    },
  };
}

async function run(hook: string, args: string[], signal?: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)(hook, args, {
      ...(signal && { signal }),
      timeout: HOOK_LIMIT,
      env: withoutOurs(process.env),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    const { stderr = '', message, killed } = error as Error & { stderr?: string; killed?: boolean };
    const said = killed ? 'it took longer than ten minutes' : excerpt(stderr === '' ? message : stderr);
    throw new CloudilloError('acme.challenge', `${hook} ${args.slice(0, 2).join(' ')} failed: ${said}`, {
      stage: 'request',
      hint: `Run it by hand until it ends with 0: ${[hook, ...args].join(' ')}`,
    });
  }
}

/** The environment without our variables: one of them may hold a passphrase. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('CLOUDILLO_')));
}
