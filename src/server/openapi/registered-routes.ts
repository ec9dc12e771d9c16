import type { RouteOptions } from 'fastify';
import { createRuntime } from '../../services/runtime/runtime.ts';
import { buildApp } from '../app.ts';
import type { ServerDeps } from '../context/deps.ts';

/**
 * Every route that the app registers, with its schemas. The app is built from nothing: a route does its work when it is
 * asked, and here none is.
 */
export async function registeredRoutes(): Promise<RouteOptions[]> {
  const routes: RouteOptions[] = [];
  const known: Partial<ServerDeps> = { ...createRuntime(), home: '/', trustedProxies: [], rateLimits: false };
  const deps = new Proxy(known, { get: (target, key) => Reflect.get(target, key) ?? inert }) as ServerDeps;
  const app = await buildApp(deps, { onRoute: (route) => routes.push(route) });
  await app.close();
  return routes;
}

/** Whatever is read of it, called or made from it is itself. */
const inert: unknown = new Proxy(() => {}, {
  get: (_target, key) => (key === 'then' || typeof key === 'symbol' ? undefined : inert),
  apply: () => inert,
});
