import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorObject, Ajv2020 as Validator } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { PROJECT_ROOT } from './run-cli.ts';

/** The problems of a line of `--json` output under the command's published schema; empty when it fits. */
export function schemaProblems(command: string, value: unknown): ErrorObject[] {
  const ajv = new Validator({ allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(readSchema(command));
  return validate(value) ? [] : (validate.errors ?? []);
}

/** `schemas/<command>.json`; the command as typed or as its ID. */
export function readSchema(command: string): Record<string, unknown> {
  const name = command.replaceAll(/[: ]/g, '-');
  return JSON.parse(readFileSync(join(PROJECT_ROOT, `schemas/${name}.json`), 'utf8'));
}
