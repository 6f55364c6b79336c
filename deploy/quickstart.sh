#!/usr/bin/env bash
# From a fresh clone to a running Kerros with two demo clients: finds or installs what is missing,
# builds, starts on 127.0.0.1:8080 and prints where to look.
#
#   ./deploy/quickstart.sh             build and start, stop with Ctrl+C
#   ./deploy/quickstart.sh --no-start  build only
#   KERROS_DATA=DIR KERROS_SERVER__LISTEN=ADDR change where it keeps data and listens
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=deploy/provide.sh
. deploy/provide.sh

start=yes
case ${1:-} in
  "") ;;
  --no-start) start="" ;;
  -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) complain "unknown option $1; see $0 --help"; exit 2 ;;
esac

step() { say "[$1/4] $2"; }

step 1 "looking for what is needed"
missing=0
provide_rust || missing=1
provide_cc || missing=1
provide_node || missing=1
[ "$missing" = 0 ] && { provide_wasm || missing=1; }
[ "$missing" = 0 ] || { complain "install what is named above and start again"; exit 1; }

step 2 "front-end packages"
provide_npm core/web

step 3 "building (the first time takes about half an hour on two cores, later a moment)"
cargo build --release --locked --package kerros
kerros="${CARGO_TARGET_DIR:-target}/release/kerros"

[ -n "$start" ] || { say "built $kerros"; exit 0; }

listen=${KERROS_SERVER__LISTEN:-127.0.0.1:8080}
data=${KERROS_DATA:-data}
step 4 "starting on $listen, data in $data"
exec "$kerros" serve --demo --config config --data "$data" --listen "$listen"
