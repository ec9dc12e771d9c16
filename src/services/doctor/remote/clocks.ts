/** Whether the clock here agrees with that of the instance, and which of the two is wrong. */
import { clockAhead } from '../../../federation/http/clock-difference.ts';
import { peerUrl } from '../../../federation/peer/peer-url.ts';
import { isoDate } from '../../../protocol/iso-time.ts';
import { type Fault, ill, type Outcome, well } from '../finding.ts';
import { goodAnswer, type Look } from './look.ts';

/** A token may be issued so far in the future, seconds (specification: Verification). */
const BORNE = 300;

/** Compares the clocks by the `Date` of an answer; where they differ by more than is borne, witnesses are asked. */
export async function clockCheck(look: Look): Promise<Outcome> {
  const good = goodAnswer(look);
  const date = good?.fetched.response.headers['date'];
  if (!good || date === undefined) return well('the answer has no Date');
  const theirs = isoDate(date);
  if (theirs === null) return well('the Date of the answer is no date');
  const ahead = clockAhead(date, good.at);
  if (ahead === undefined) return well(`the clocks agree: ${theirs}`);
  const evidence = [
    `the clock of ${look.apiHost} says ${theirs}`,
    `the clock here says ${new Date(good.at).toISOString()}, ${spanText(Math.abs(ahead))} ${ahead > 0 ? 'ahead' : 'behind'}`,
  ];
  if (Math.abs(ahead) < BORNE) return ill('clock-drifts', 'check.clock', evidence);
  const said = await askWitnesses(look);
  return { faults: [judge(ahead, said, evidence)] };
}

interface Witness {
  idTag: string;
  /** By how many seconds the clock here is ahead of that of the witness; 0: they agree. */
  ahead: number;
}

function judge(ahead: number, said: readonly Witness[], evidence: string[]): Fault {
  const withUs = said.filter((witness) => Math.abs(witness.ahead) < BORNE);
  const withPeer = said.filter((witness) => Math.abs(witness.ahead - ahead) < BORNE);
  const told = said.map((witness) => {
    const side = withUs.includes(witness)
      ? 'agrees with the clock here'
      : withPeer.includes(witness)
        ? 'agrees with the peer'
        : 'agrees with neither';
    return `the clock of ${witness.idTag} ${side}`;
  });
  const fault = { code: 'check.clock' as const, evidence: [...evidence, ...told] };
  if (withUs.length > withPeer.length) return { ...fault, fault: 'peer-clock' };
  if (withPeer.length > withUs.length) return { ...fault, fault: ahead > 0 ? 'clock-ahead' : 'clock-behind' };
  return { ...fault, fault: 'clocks-differ' };
}

async function askWitnesses({ input, deps }: Look): Promise<Witness[]> {
  const asked = (input.witnesses ?? []).filter((idTag) => idTag !== input.idTag);
  const said = await Promise.all(
    asked.map(async (idTag): Promise<Witness[]> => {
      try {
        const { headers } = await deps.requester.get(peerUrl(idTag, '/api/me'), { retryPolicy: null });
        const date = headers['date'];
        return date === undefined ? [] : [{ idTag, ahead: clockAhead(date, deps.clock.wall()) ?? 0 }];
      } catch {
        // A witness that can't be asked says nothing.
        return [];
      }
    }),
  );
  return said.flat();
}

function spanText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
