#!/usr/bin/env node
// For developers: builds what is stale, then runs the same program that users run.
const { execFileSync } = require('node:child_process');
const { join } = require('node:path');

execFileSync(process.execPath, [join(__dirname, '../scripts/build.js'), '--if-stale'], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
require('./run.js');
