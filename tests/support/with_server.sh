#!/usr/bin/env bash
# Runs a command against a Kerros of its own: demo tenants, a free port, a fresh data folder.
#   with_server.sh KERROS DATA -- COMMAND...
# The command sees KERROS_URL and KERROS_DATA. Environment such as KERROS_DATABASE__URL reaches the server.
set -euo pipefail
kerros=$1 data=$2
shift 2
[ "$1" = -- ] && shift
mkdir -p "$data"
"$kerros" serve --demo --config "${KERROS_CONFIG_DIR:-config}" --data "$data" --listen 127.0.0.1:0 >"$data/server.log" 2>&1 &
server=$!
stop() {
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
}
trap stop EXIT
KERROS_URL=""
for _ in $(seq 1800); do
  # It says where it listens when it is ready.
  KERROS_URL=$(sed -n 's/^kerros is ready on //p' "$data/server.log")
  [ -z "$KERROS_URL" ] || break
  if ! kill -0 "$server" 2>/dev/null; then break; fi
  sleep 0.1
done
if [ -z "$KERROS_URL" ]; then
  echo "kerros did not start:" >&2
  cat "$data/server.log" >&2
  exit 1
fi
export KERROS_URL
export KERROS_DATA=$data
status=0
"$@" || status=$?
if [ "$status" != 0 ]; then
  echo "--- the server's log ends so:" >&2
  tail -n 40 "$data/server.log" >&2
fi
exit "$status"
