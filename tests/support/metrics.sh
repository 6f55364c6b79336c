#!/usr/bin/env bash
# promtool reads what a running Kerros exports, and every metric that rules and dashboard name is exported.
set -euo pipefail
cd "$(dirname "$0")/../.."
text=$(mktemp)
trap 'rm -f "$text"' EXIT
curl -fsS "$KERROS_URL/metrics" >"$text"
promtool check metrics <"$text"
status=0
for name in $(grep -ohE 'kerros_[a-z_]+(_total|_seconds_bucket|_seconds|_ratio|_state|_depth|_dead|_up|_waiting|_sockets|_info)?' \
  deploy/prometheus/rules/recording.yml deploy/grafana/*.json | sort -u); do
  base=${name%_bucket}
  if ! grep -qE "\"$base\"|\`$base\`|= \"$base\"" core/observe/src/name.rs && ! grep -qE "record: .*$name" deploy/prometheus/rules/recording.yml; then
    case $name in *:*) continue ;; esac
    if grep -qE "record: [a-z_]*:?$base" deploy/prometheus/rules/recording.yml; then continue; fi
    if grep -qE "record: .*:$base:" deploy/prometheus/rules/recording.yml; then continue; fi
    echo "no such metric: $name" >&2
    status=1
  fi
done
exit "$status"
