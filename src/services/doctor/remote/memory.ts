/** What the home remembers of the instance, where that decides what is sent to it and taken from it. */
import { isCodeOf } from '../../../protocol/error-table.ts';
import { CloudilloError } from '../../../protocol/errors.ts';
import { type Fault, type Outcome, type Skipped, well } from '../finding.ts';
import type { PeerMemory } from '../local/peer-memory.ts';
import { goodAnswer, type Look } from './look.ts';

/** Compares what the home remembers with what the instance answers now. */
export async function memoryCheck(look: Look): Promise<Outcome | Skipped> {
  const { recall } = look.deps;
  if (!recall) return { skipped: 'there is no home' };
  let memory: PeerMemory;
  try {
    memory = await recall(look.input.idTag);
  } catch (error) {
    if (!(error instanceof CloudilloError)) throw error;
    return { skipped: `the home can't be asked: ${error.message}` };
  }
  const faults = [
    ...circuitFaults(memory, look),
    ...refusalFaults(memory, look),
    ...blockFaults(memory, look),
    ...keyFaults(memory, look),
  ];
  return { ...well(`deliveries that wait for it: ${memory.waiting}`), faults };
}

function circuitFaults({ circuit, waiting }: PeerMemory, { input }: Look): Fault[] {
  if (!circuit) return [];
  const evidence = [
    `failing since ${circuit.since}, attempts: ${circuit.attempts}; the next one is due at ${circuit.nextAt}`,
    `deliveries that wait: ${waiting}`,
    `the last error was ${circuit.code}: ${circuit.message}`,
  ];
  // An answer has shown before that the peer can be reached.
  const wasReached = !isCodeOf(circuit.code, 'dns', 'network', 'tls');
  const fault = wasReached ? 'circuit-failing' : 'circuit-open';
  return [{ fault, code: 'check.home', evidence, facts: { peer: input.idTag } }];
}

function refusalFaults({ refusals }: PeerMemory, { input }: Look): Fault[] {
  const refusal = refusals.find(({ code, facts }) => code === 'check.work' || facts?.work !== undefined);
  if (!refusal) return [];
  return [{ fault: 'work-demanded', code: 'check.work', evidence: [refusal.message], facts: { peer: input.idTag } }];
}

function blockFaults({ blockedBy }: PeerMemory, { input }: Look): Fault[] {
  const [tenant] = blockedBy;
  if (tenant === undefined) return [];
  const evidence = [`blocked by ${blockedBy.join(', ')}`];
  return [{ fault: 'blocked-here', code: 'usage.blocked', evidence, facts: { peer: input.idTag, tenant } }];
}

function keyFaults({ keys }: PeerMemory, look: Look): Fault[] {
  const published = goodAnswer(look)?.fetched.profile.keys ?? [];
  const replaced = keys.filter((known) =>
    published.some(({ keyId, publicKey }) => keyId === known.keyId && publicKey !== known.publicKey),
  );
  return replaced.map(({ keyId }): Fault => {
    const evidence = [`key ${keyId} is another one than the home knew under that ID`];
    return { fault: 'key-replaced', code: 'check.keys', evidence };
  });
}
