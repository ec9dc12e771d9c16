/** Which methods each path has. */
import type { FastifyInstance } from 'fastify';

/** The methods of each path. They tell 405 from 404. */
export interface RouteMethods {
  /** The methods of a path. @returns sorted; empty for an unknown path */
  allowed(path: string): string[];
}

/** Collects routes as they are added. Call it before the first one. */
export function collectRouteMethods(app: FastifyInstance): RouteMethods {
  const patterns = new Map<string, { matches: RegExp; methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = patterns.get(url) ?? { matches: toRegExp(url), methods: new Set<string>() };
    for (const each of [method].flat()) known.methods.add(each);
    patterns.set(url, known);
  });
  return {
    allowed(path) {
      const found = [...patterns.values()].filter(({ matches }) => matches.test(path));
      return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
    },
  };
}

function toRegExp(url: string): RegExp {
  const source = url.split('/').map((part) => {
    if (part === '*') return '.*';
    return part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source.join('/')}$`);
}
