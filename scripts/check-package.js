/**
 * Packs the project, installs the tarball in an empty folder with an empty npm cache, and runs every command from there: once
 * for its help and once in earnest, in a sandbox. The library's examples run there, too. The argument is a directory to work in; it is
 * left behind.
 */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkLibrary } from './check-library.js';
import { ROOT } from './inputs.js';

const work = resolve(process.argv[2] ?? '');
const app = join(work, 'app');
mkdirSync(app, { recursive: true });
const env = {
  PATH: process.env.PATH,
  HOME: join(work, 'home'),
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(NODE_EXTRA_CA_CERTS|npm_config_(registry|cafile))$/i.test(name)),
  ),
};
mkdirSync(env.HOME);

const bin = join(app, 'node_modules/.bin/cloudillo');
const sandbox = join(work, 'sandbox');
const alice = join(sandbox, 'homes/alice.test');
const bob = join(sandbox, 'homes/bob.test');
const fresh = join(work, 'fresh');

function run(command, args, options = {}) {
  return spawnSync(command, args, { encoding: 'utf8', env, cwd: app, timeout: 60_000, ...options });
}

function fail(what, { status, signal, stdout, stderr, error }) {
  console.error(`${what} ended with ${status ?? signal ?? error?.message}\n${stdout}${stderr}`);
  run(bin, ['sandbox', 'down', '--dir', sandbox]);
  process.exit(1);
}

function install() {
  const packed = run('npm', ['pack', '--silent', '--pack-destination', work], { cwd: ROOT, env: process.env });
  if (packed.status !== 0) fail('npm pack', packed);
  const tarball = join(work, packed.stdout.trim().split('\n').at(-1));
  writeFileSync(join(app, 'package.json'), '{ "private": true }\n');
  writeFileSync(join(app, 'blocks.txt'), '# a list\n*.worse.test\n');
  const flags = ['--engine-strict', '--no-audit', '--no-fund', '--cache', join(work, 'npm-cache'), '--loglevel=error'];
  const installed = run('npm', ['install', ...flags, tarball], {
    env: { ...process.env, HOME: env.HOME },
    timeout: 180_000,
  });
  if (installed.status !== 0) fail('npm install of the tarball', installed);
  console.log(`installed ${packed.stdout.trim()}: ${installed.stdout.trim().split('\n')[0]}`);
}

/** A command line, the exit code that it should have, and what to keep of its output for those after it; or what else is tried. */
const notes = {};
const SESSION = [
  ['init carol.example.com --yes --home FRESH'],
  ['identity list --home FRESH'],
  ['keygen --out pair.pem --json --home FRESH'],
  ['key list --json --home FRESH'],
  ['config --home FRESH'],
  ['config set followers false --home FRESH'],
  ['config get followers --home FRESH'],
  ['config explain followers --home FRESH'],
  ['config unset followers --home FRESH'],
  ['sign-token --type POST --content hello --json --home FRESH', 0, (out) => ({ TOKEN: JSON.parse(out).token })],
  ['verify-token TOKEN --offline --home FRESH'],
  ['verify-token TOKENx --offline --home FRESH', 3],
  ['verify-token TOKEN --strict --offline --home FRESH'],
  ['file add package.json --json --home FRESH', 0, (out) => ({ FILE: JSON.parse(out).fileId })],
  ['file list --home FRESH'],
  ['file export FILE --out copy.json --home FRESH'],
  ['file gc --dry-run --home FRESH'],
  ['password set --password-file node_modules/cloudillo/README.md --home FRESH'],
  ['password clear --home FRESH'],
  ['token create --expires 5m --out token.txt --home FRESH'],
  ['api-key create --name backup --out api-key.txt --home FRESH'],
  ['api-key list --home FRESH'],
  ['api-key revoke 1 --home FRESH'],
  ['status --home FRESH', null],
  ['sandbox up alice.test bob.test --dir SANDBOX --detach'],
  ['sandbox status --dir SANDBOX'],
  ['sandbox cert dave.test --dir SANDBOX', null],
  ['fetch-profile bob.test --home ALICE'],
  ['doctor bob.test --home ALICE --as alice.test'],
  ['doctor --home ALICE'],
  ['report bob.test --out report.md --home ALICE'],
  ['smoke-test bob.test --home ALICE --as alice.test'],
  ['load bob.test --mix profile --rate 10 --duration 500ms --home ALICE'],
  ['conform bob.test --only profile,envelope --home ALICE'],
  ['dns-check bob.test --home ALICE', null],
  library,
  ['follow bob.test --home ALICE'],
  ['expect FLLW --since 1h --home BOB'],
  ['relations --home BOB'],
  ['watch --type FLLW --since 2026-01-01 --limit 1 --wait 30s --home BOB'],
  ['profile show bob.test --refresh --home ALICE'],
  ['profile set --name Alice --home ALICE'],
  ['mute alice.test --home BOB'],
  ['unmute alice.test --home BOB'],
  ['block mallory.test --home BOB'],
  ['block *.bad.test --home BOB'],
  ['blocks export --home BOB'],
  ['blocks import blocks.txt --json --home BOB'],
  ['unblock *.bad.test --home BOB'],
  ['unblock mallory.test --home BOB'],
  ['actions --json --home BOB', 0, (out) => ({ ACTION: JSON.parse(out.split('\n')[0]).actionId })],
  ['fetch-action alice.test ACTION --as bob.test --home BOB', null],
  ['fetch-file alice.test f1~AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA --home BOB', 7],
  ['peer show alice.test --home BOB'],
  ['peer retry alice.test --home BOB'],
  ['peer forget alice.test --json --home BOB'],
  ['bans list --home FRESH', 8],
  ['bans lift --all --home FRESH', 8],
  ['inbox log --outcome accepted --json --home BOB'],
  ['inbox log --follow --limit 1 --home FRESH', 8],
  ['explain last --any --home BOB'],
  ['explain ACTION --json --home BOB'],
  ['explain permission.denied'],
  ['get bob.test /api/me --home ALICE'],
  ['request POST bob.test /api/inbox -d {} --home ALICE', 7],
  ['connect bob.test --home ALICE'],
  ['connect alice.test --home BOB'],
  ['post hello --visibility P --json --home ALICE', 0, (out) => ({ PUBLISHED: JSON.parse(out).actionId })],
  ['comment PUBLISHED hello --home BOB'],
  ['react PUBLISHED like --home BOB'],
  ['repost PUBLISHED --home BOB'],
  ['message bob.test hello --home ALICE'],
  ['action CONV --content-json {"name":"Plans"} --home ALICE'],
  ['disconnect bob.test --home ALICE'],
  ['connect bob.test --json --home ALICE', 0, (out) => ({ ASKED: JSON.parse(out).actionId })],
  ['accept ASKED --home BOB'],
  ['dismiss ASKED --home BOB'],
  ['reject ASKED --home BOB', 3],
  ['delete PUBLISHED --home ALICE'],
  ['deliver --home ALICE'],
  ['deliveries --home ALICE'],
  ['deliveries list --state delivered --json --home ALICE'],
  ['deliveries retry --all --home ALICE'],
  ['deliveries drop --all --home ALICE'],
  ['unfollow bob.test --home ALICE'],
  ['sandbox down --dir SANDBOX'],
  ['store check --home ALICE'],
  ['store compact --home ALICE'],
  ['store rebuild --home ALICE'],
  ['sandbox exec carol.test -- cloudillo sandbox status --help'],
  ['sandbox demo --once'],
];

/** The examples of docs/library.md, while the sandbox runs. */
function library() {
  copyFileSync(join(sandbox, 'network.json'), join(app, 'network.json'));
  try {
    for (const done of checkLibrary(app)) console.log(`ok  0  ${done}`);
  } catch (error) {
    fail('the library', { status: 1, stdout: '', stderr: error.message });
  }
}

function words(line) {
  const names = { FRESH: fresh, SANDBOX: sandbox, ALICE: alice, BOB: bob, ...notes };
  return line
    .split(' ')
    .map((word) => word.replace(/^(FRESH|SANDBOX|ALICE|BOB|FILE|TOKEN|ACTION|PUBLISHED|ASKED)/, (name) => names[name]));
}

/** `serve` runs until it is told to stop: its ready line, one request, SIGTERM, exit code 0. */
async function serve() {
  const args = ['serve', '--plain-http', '--port', '0', '--json', '--home', fresh];
  const server = spawn(bin, args, { env, cwd: app, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  server.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise((done) =>
    server.once('exit', (status, signal) => done({ status, signal, stdout: '', stderr })),
  );
  const ready = await Promise.race([new Promise((done) => server.stdout.once('data', done)), ended]);
  if (!Buffer.isBuffer(ready)) fail('serve', ready);
  const { port } = JSON.parse(ready.toString().split('\n')[0]);
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
  server.kill('SIGTERM');
  const end = await ended;
  if (!answer.ok || end.status !== 0) fail('serve', end);
}

install();
const version = run(bin, ['--version']);
if (version.status !== 0) fail('--version', version);
const manifest = JSON.parse(readFileSync(join(app, 'node_modules/cloudillo/oclif.manifest.json'), 'utf8'));
const untried = new Set(Object.keys(manifest.commands));
for (const id of untried) {
  const help = run(bin, [...id.split(':'), '--help']);
  if (help.status !== 0 || !help.stdout.includes('USAGE')) fail(`${id} --help`, help);
}
for (const step of SESSION) {
  if (typeof step === 'function') {
    step();
    continue;
  }
  const [line, expected = 0, keep] = step;
  const args = words(line);
  const result = run(bin, args);
  // null: what it finds depends on what it runs in; that it runs, and says what it found, is enough.
  const known = expected === null ? [0, 3, 5, 7] : [expected];
  if (!known.includes(result.status) || /\n\s+at .*\(/.test(result.stderr)) fail(`cloudillo ${line}`, result);
  if (keep) Object.assign(notes, keep(result.stdout));
  untried.delete(`${args[0]}:${args[1]}`);
  untried.delete(args[0]);
  console.log(`ok  ${result.status}  cloudillo ${line}`);
}
await serve();
console.log('ok  0  cloudillo serve');
untried.delete('serve');
if (untried.size > 0) {
  console.error(`Not tried: ${[...untried].join(', ')}`);
  process.exit(1);
}
