import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from './run-cli.ts';

/** A command as the committed manifest describes it. */
export interface ManifestCommand {
  id: string;
  summary?: string;
  description?: string;
  examples?: (string | { description: string; command: string })[];
  flags: Record<string, { char?: string; type: string; helpGroup?: string; description?: string; hidden?: boolean }>;
  args: Record<string, { required?: boolean; description?: string }>;
  hidden?: boolean;
}

/** The commands of `oclif.manifest.json`, which `npm test` has compared with the sources before. */
export function manifestCommands(): ManifestCommand[] {
  const manifest = JSON.parse(readFileSync(join(PROJECT_ROOT, 'oclif.manifest.json'), 'utf8'));
  return Object.values(manifest.commands as Record<string, ManifestCommand>);
}

/** The command as typed: `['store', 'check']`. */
export function words(command: ManifestCommand): string[] {
  return command.id.split(':');
}
