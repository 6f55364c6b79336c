#!/usr/bin/env bash
# A PostgreSQL of its own for tests, on its own port in a temporary folder.
#
#   tests/support/postgres.sh start DIR   prints the URL to use; the server speaks TLS too, where openssl is here
#   tests/support/postgres.sh stop DIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../deploy/provide.sh
. "$here/../../deploy/provide.sh"

usage() {
  echo "usage: $0 start|stop DIR" >&2
  exit 2
}
[ $# = 2 ] || usage
verb=$1 folder=$2
bin=$(postgres_bin) || { echo "PostgreSQL is not installed" >&2; exit 1; }

# PostgreSQL refuses to run as root.
run_as() {
  if [ "$(id -u)" = 0 ]; then
    runuser -u postgres -- "$@"
  else
    "$@"
  fi
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })' \
    2>/dev/null || echo $((20000 + RANDOM % 20000))
}

# A certificate that vouches for itself, under the names PostgreSQL looks for. Only the server's user may read the key.
certificate() {
  have openssl || return 1
  run_as openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=kerros test" \
    -addext "subjectAltName=IP:127.0.0.1,DNS:localhost" -addext "basicConstraints=critical,CA:FALSE" \
    -keyout "$folder/data/server.key" -out "$folder/data/server.crt" 2>/dev/null
}

case $verb in
  start)
    mkdir -p "$folder"
    [ "$(id -u)" = 0 ] && chown postgres "$folder"
    chmod 700 "$folder"
    port=$(free_port)
    run_as "$bin/initdb" -D "$folder/data" -U kerros -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$folder.initdb.log" 2>&1 ||
      { cat "$folder.initdb.log" >&2; exit 1; }
    {
      echo "listen_addresses = '127.0.0.1'"
      echo "port = $port"
      echo "unix_socket_directories = '$folder'"
      echo "max_connections = 200"
      if certificate >&2; then echo "ssl = on"; fi
    } | run_as tee -a "$folder/data/postgresql.conf" >/dev/null
    run_as "$bin/pg_ctl" -D "$folder/data" -l "$folder/server.log" -w start >/dev/null
    # Figures are taken without TLS; the test of TLS asks for it.
    echo "postgres://kerros@127.0.0.1:$port/postgres?sslmode=disable"
    ;;
  stop)
    [ -d "$folder/data" ] && run_as "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null
    rm -rf "$folder"
    ;;
  *) usage ;;
esac
