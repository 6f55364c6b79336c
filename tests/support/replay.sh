#!/usr/bin/env bash
# Plays real dialogues through a running Kerros and compares what came out with what went in.
#   replay.sh BIN_DIR DATA FILE
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$1 data=$2 file=$3
# All customers come from one address here, which the limits on visits are there to slow down.
export KERROS_SERVER__LIMITS__VISITS__PER_MINUTE=100000 KERROS_SERVER__LIMITS__VISITS__BURST=10000
export KERROS_SERVER__LIMITS__SOCKETS_PER_ADDRESS=10000
exec "$here/with_server.sh" "$bin/kerros" "$data" -- sh -c "\"$bin/kerros-load\" replay --file \"$file\" --url \"\$KERROS_URL\" --rate 50"
