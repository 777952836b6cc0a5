#!/bin/sh
# Starts rasvm from its bundle, wherever that stands; no process is forked on the way unless $0 is a link.
self=$0
[ -L "$self" ] && self=$(readlink -f "$self")
main=${self%/*}/../lib/main.cjs
# V8's tables have the hash seed of the node binary, which saves a start 11 ms: nothing that a guest says becomes a key, and
# the few that a request for --metrics makes are bounded by the size of its head.
# Symbolic links on the way to it are the file system's business: another 1.5 ms.
[ "$1" = run ] && exec node --no-rehash-snapshot --preserve-symlinks-main "$main" "$@"
exec node "$main" "$@"
