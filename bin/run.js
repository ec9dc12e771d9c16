#!/usr/bin/env node
'use strict';
// CommonJS (see bin/package.json), because Node's ES module loader costs a tenth of the start-up time.

const { arch, argv, platform, version } = process;
const [major, minor] = process.versions.node.split('.').map(Number);
// The first minor version of each that loads ES modules by `require` (the build does), and that inquirer runs on. The same as
// `engines` in package.json.
const firstMinor = { 20: 19, 22: 13, 23: 5 }[major] ?? (major > 23 ? 0 : Number.POSITIVE_INFINITY);

if (minor < firstMinor) {
  process.stderr.write(`cloudillo needs Node 20.19, 22.13, 23.5 or newer, and this is ${version}\n`);
  process.exitCode = 1;
} else if ((argv[2] !== '--version' && argv[2] !== '-V') || !printVersion()) {
  const program = require('./load-bundle.js').loadBundle();
  if (program === null) {
    process.stderr.write('cloudillo is not built yet. Run: npm run build\n');
    process.exitCode = 1;
  } else {
    // Ends here even when something is still open (a connection kept alive): a command that is done is done.
    const end = () => process.exit();
    program.main(argv.slice(2)).then(end);
  }
}

/** What oclif prints, without loading it. Directly, because making process.stdout takes longer than all the rest. */
function printVersion() {
  const { name, version: own } = require('../package.json');
  const line = `${name}/${own} ${platform}-${arch} node-${version}\n`;
  try {
    return require('node:fs').writeSync(1, line) === line.length;
  } catch {
    // A full disk, a closed pipe: the program tells of it as of all output.
    return false;
  }
}
