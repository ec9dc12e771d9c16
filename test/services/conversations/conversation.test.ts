import { describe, expect, it } from 'vitest';
import { conversationOf } from '../../../src/services/conversations/conversation.ts';
import type { ActionRow } from '../../../src/store/model/rows.ts';

/** A store of rows by ID that counts how often it is asked. */
function storeOf(rows: Record<string, Partial<ActionRow>>) {
  const asked: string[] = [];
  const row = (_tenant: string, actionId: string) => {
    asked.push(actionId);
    const known = rows[actionId];
    return known ? ({ actionId, type: 'CMNT', status: 'A', parent: null, subject: null, ...known } as ActionRow) : null;
  };
  return { asked, store: { row } };
}

/** `floors` pairs of actions, each of which names both of the pair below it. */
function lattice(floors: number): Record<string, Partial<ActionRow>> {
  const rows: Record<string, Partial<ActionRow>> = { a0: { parent: 'conv' }, b0: { parent: 'conv' } };
  for (let floor = 1; floor < floors; floor++) {
    for (const side of 'ab') rows[`${side}${floor}`] = { parent: `a${floor - 1}`, subject: `b${floor - 1}` };
  }
  return rows;
}

describe('the conversation that an action belongs to', () => {
  it('is above its parent or its subject, however that answers something', () => {
    const { store } = storeOf({
      conv: { type: 'CONV' },
      message: { type: 'MSG', parent: 'conv' },
      answer: { type: 'MSG', parent: 'message' },
      elsewhere: { type: 'POST' },
    });
    for (const references of [['conv'], ['answer'], ['elsewhere', 'answer'], [null, undefined, 'message']]) {
      expect([references, conversationOf(store, 'alice.test', references)?.actionId]).toEqual([references, 'conv']);
    }
    expect(conversationOf(store, 'alice.test', ['elsewhere', 'unknown'])).toBeNull();
  });

  it('that is over is none, and neither is another one beside it', () => {
    const { store } = storeOf({
      over: { type: 'CONV', status: 'D' },
      conv: { type: 'CONV' },
      said: { parent: 'over' },
    });
    expect(conversationOf(store, 'alice.test', ['said', 'conv'])).toBeNull();
  });

  it('is looked for by each action once, and not for ever, though the ways up are millions', () => {
    const found = storeOf({ ...lattice(20), conv: { type: 'CONV' } });
    expect(conversationOf(found.store, 'alice.test', ['a19', 'b19'])?.actionId).toBe('conv');
    expect(found.asked.length).toBeLessThan(64);
    for (const floors of [20, 2000]) {
      const { store, asked } = storeOf(lattice(floors));
      expect(conversationOf(store, 'alice.test', [`a${floors - 1}`, `b${floors - 1}`])).toBeNull();
      expect(asked.length).toBeLessThanOrEqual(64);
    }
  });
});
