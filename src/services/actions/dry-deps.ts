import type { CreateDeps } from './create-action.ts';

/**
 * What a dry run works with: it reads what is there, and neither stores nor sends nor tells anybody. (Watchers and the queue hang
 * on the store itself, which this isn't.)
 */
export function dryDeps<D extends CreateDeps>(deps: D): D {
  const store = new Proxy(deps.store, {
    get(target, name) {
      if (name === 'append') return async () => {};
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const api = { postInbox: async () => ({ status: 0, data: null }) };
  return { ...deps, store, api };
}
