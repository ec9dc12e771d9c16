#!/usr/bin/env node
'use strict';
// CommonJS (see bin/package.json), because Node's ES module loader costs a tenth of the start-up time.

const { arch, argv, platform, version } = process;

if (argv[2] === '--version' || argv[2] === '-V') {
  // What oclif prints, without loading it.
  const pjson = require('../package.json');
  process.stdout.write(`${pjson.name}/${pjson.version} ${platform}-${arch} node-${version}\n`);
} else {
  require('./load-bundle.js').loadBundle().main(argv.slice(2));
}
