/** The time in the envelope of an answer. */
import { wireTime } from '../../protocol/envelope.ts';

const SECOND = 1000;

/** Makes a function that gives the wall clock's time as the network writes it. It is written once a second, not for each answer. */
export function answerTime(wall: () => number): () => string {
  let second = Number.NaN;
  let text = '';
  return () => {
    const now = wall();
    const current = Math.floor(now / SECOND);
    if (current !== second) {
      second = current;
      text = wireTime(new Date(now));
    }
    return text;
  };
}
