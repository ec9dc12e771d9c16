/** What the build puts into the bundle (scripts/bundle.js). */
declare module 'cloudillo:commands' {
  /** Command ID (`store:check`) → its module, loaded when it is first asked for. */
  export const commands: Record<string, () => Promise<{ default: import('@oclif/core').Command.Class }>>;
}

declare module 'cloudillo:manifest' {
  /** `oclif.manifest.json` as text; `{"commands":{}}` in the first of the build's two passes, which makes it. */
  const manifest: string;
  export default manifest;
}
