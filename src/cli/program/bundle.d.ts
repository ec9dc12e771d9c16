/** The module that the build puts into the bundle (scripts/program-modules.js). */
declare module 'cloudillo:commands' {
  /** Command ID (`store:check`) → its module, loaded at its first use. */
  export const commands: Record<string, () => Promise<{ default: import('../command/command.ts').RunnableCommand }>>;
}
