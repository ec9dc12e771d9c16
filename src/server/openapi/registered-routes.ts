/** Collects the routes of the app without running it. */
import type { RouteOptions } from 'fastify';
import { createRuntime } from '../../services/runtime/runtime.ts';
import { buildApp } from '../app.ts';
import type { ServerDeps } from '../context/deps.ts';

/**
 * Every route that the app registers, with its schemas. The app gets placeholders for its parts: a route uses them only when it
 * is asked, and none is asked here.
 */
export async function registeredRoutes(): Promise<RouteOptions[]> {
  const routes: RouteOptions[] = [];
  const known: Partial<ServerDeps> = { ...createRuntime(), home: '/', trustedProxies: [], rateLimits: false };
  const deps = new Proxy(known, { get: (target, key) => Reflect.get(target, key) ?? inert }) as ServerDeps;
  const app = await buildApp(deps, { onRoute: (route) => routes.push(route) });
  await app.close();
  return routes;
}

/** A placeholder: reading, calling or constructing it returns itself. */
const inert: unknown = new Proxy(() => {}, {
  get: (_target, key) => (key === 'then' || typeof key === 'symbol' ? undefined : inert),
  apply: () => inert,
});
