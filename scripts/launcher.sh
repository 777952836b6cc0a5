#!/bin/sh
# Starts rasvm from its bundle, wherever that stands; no process is forked on the way unless $0 is a link.
self=$0
[ -L "$self" ] && self=$(readlink -f "$self")
exec node "${self%/*}/../lib/main.cjs" "$@"
