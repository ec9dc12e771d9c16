'use strict';
// CommonJS on purpose: `require` inside the functions is the only synchronous way to load tr46's 250 KB mapping table on
// first use. Plain ASCII names, nearly all of them, never pay its 10 ms at start-up, bundled or not.
/** @param {string} name @param {object} options */
exports.toASCII = (name, options) => require('tr46').toASCII(name, options);
/** @param {string} name @param {object} options */
exports.toUnicode = (name, options) => require('tr46').toUnicode(name, options);
