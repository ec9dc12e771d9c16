#!/usr/bin/env bash
# Makes a home with the program as it is checked out, for later versions to open (old-homes.test.ts): real servers of a sandbox,
# real commands. version-1 was made at commit 5050a64. All keys are made for it, and of no use to anybody.
#   test/store/homes/make-home.sh test/store/homes/version-1
# makes version-1.tar.gz, the home, and version-1.ndjson, what that program said of it.
set -euo pipefail
out=$(realpath -m "$1")
here=$(cd "$(dirname "$0")" && pwd)
cli=$(realpath "$here/../../../bin/run.js")
work=$(mktemp -d)
trap 'node "$cli" sandbox down --dir "$work/sandbox" --quiet || true; rm -rf "$work"' EXIT

node "$cli" sandbox up alice.test,anna.test bob.test carol.test --dir "$work/sandbox" --port 0 --dns-port 0 --detach --json >"$work/up.json"
home() { [ "$1" = anna ] && set -- alice; echo "$work/sandbox/homes/$1.test"; }
# What NAME COMMAND… prints as JSON.
as() { local who=$1; shift; node "$cli" "$@" --as "$who.test" --home "$(home "$who")" --json --quiet; }
of() { node -e 'console.log(JSON.parse(require("fs").readFileSync(0, "utf8").split("\n")[0])[process.argv[1]])' "$1"; }
arrives() { for _ in $(seq 100); do as "$1" actions "$2" >/dev/null 2>&1 && return; sleep 0.2; done; echo "$2 never came to $1" >&2; exit 1; }

head -c 3000 /dev/zero | tr '\0' 'x' >"$work/notes.txt"
echo 'from bob' >"$work/bob.txt"
printf 'a password of a test' >"$work/password"

as alice password set --password-file "$work/password" >/dev/null
as alice api-key create --name ci --out "$work/key" >/dev/null
as alice profile set --name 'Alice Liddell' >/dev/null
as alice follow bob.test >/dev/null
as anna follow alice.test >/dev/null
as bob follow alice.test >/dev/null
as carol follow alice.test >/dev/null
as alice connect bob.test --message 'We met in Oslo' >/dev/null
request=$(as bob actions --type CONN --status C --limit 1 | of actionId)
as bob accept "$request" >/dev/null
post=$(as alice post 'Hello, all' --visibility P --attach "$work/notes.txt" | of actionId)
arrives bob "$post"
as bob comment "$post" 'Well said' >/dev/null
as bob react "$post" love >/dev/null
as bob react "$post" like >/dev/null
reply=$(as bob post 'From Bob' --visibility P --attach "$work/bob.txt" | of actionId)
arrives alice "$reply"
as alice repost "$reply" >/dev/null
as alice message bob.test 'Are you there?' >/dev/null
as alice action CONV --content-json '{"name":"Plans"}' --flags O >/dev/null
gone=$(as alice post 'To be deleted' | of actionId)
as alice delete "$gone" >/dev/null
as alice mute carol.test >/dev/null
# Refused by a peer that blocks us.
as bob block anna.test >/dev/null
as anna message bob.test 'Nobody reads this' >/dev/null || true
# Queued, and dropped: carol's server is gone.
kill "$(node -e 'const up = require("fs").readFileSync(process.argv[1], "utf8").trim().split("\n").map(JSON.parse).at(-1); console.log(up.identities.find(({ idTag }) => idTag === "carol.test").pid)' "$work/up.json")"
sleep 1
as alice message carol.test 'Where are you?' --no-preflight >/dev/null || true
lost=$(as alice message carol.test 'Not that important' --no-preflight | of actionId || true)
as alice deliveries drop "$lost" >/dev/null
as alice block mallory.test >/dev/null
sleep 2
node "$cli" sandbox down --dir "$work/sandbox" --quiet

# What takes days or bad luck to come about.
node "$here/append-rare-events.mjs" "$(home alice)"
# It stands in no sandbox any longer.
for setting in $(node -e 'console.log(Object.keys(JSON.parse(require("fs").readFileSync(process.argv[1]))).join(" "))' "$(home alice)/config.json"); do
  node "$cli" config unset "$setting" --home "$(home alice)" --quiet >/dev/null
done
# What TITLE COMMAND…: a line for each that the command prints, with the title before it.
say() { local title=$1; shift; node "$cli" "$@" --home "$(home alice)" --json --quiet | sed "s/.*/{\"$title\":&}/"; }
{
  for who in alice anna; do
    say "actions of $who" actions --as $who.test --limit 0
    say "relations of $who" relations --as $who.test
    say "deliveries of $who" deliveries --as $who.test --limit 0
    say "files of $who" file list --as $who.test
  done
  say check store check
} >"$out.ndjson"
cd "$(home alice)"
rm -rf own.* .own.* control.sock
tar --sort=name --owner=0 --group=0 -czf "$out.tar.gz" .
