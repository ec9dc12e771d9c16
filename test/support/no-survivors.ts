import { afterAll } from 'vitest';
import { endSurvivors } from './run-cli.ts';

/** A test that fails half-way leaves the server running that it had started: it ends with its file. */
afterAll(endSurvivors);
