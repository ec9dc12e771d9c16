#!/bin/sh
# A foreign server in a sandbox. It may use port 443, so it needs no recipe: as root, or where users may use the ports below 1024.
here=$(cd "$(dirname "$0")" && pwd)
exec cloudillo sandbox exec alice.test --addresses 127.0.7.0/24 --member carol.test=127.0.7.200:443 -- sh -euc '
  node "$0/foreign-server.mjs" carol.test 127.0.7.200 alice.test > foreign.txt &
  trap "kill $!" EXIT
  until grep -q reads foreign.txt && cloudillo fetch-profile carol.test > profile.txt; do sleep 0.2; done
  cat foreign.txt profile.txt
' "$here"
