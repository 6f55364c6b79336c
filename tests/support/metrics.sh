#!/usr/bin/env bash
# promtool reads what a running Kerros exports, and every metric that rules and dashboard ask for is known.
set -euo pipefail
cd "$(dirname "$0")/../.."
text=$(mktemp)
trap 'rm -f "$text"' EXIT
node -e '
  fetch(process.argv[1]).then(async (answer) => {
    if (!answer.ok) throw new Error(`/metrics answered ${answer.status}`);
    process.stdout.write(await answer.text());
  });
' "$KERROS_URL/metrics" >"$text"
promtool check metrics <"$text"

# Names of recording rules hold colons; the rest are metrics of Kerros.
status=0
while read -r name; do
  base=$(sed -E 's/_(bucket|sum|count)$//' <<<"$name")
  if ! grep -q "\"$base\"" core/observe/src/name.rs; then
    echo "rules or dashboard ask for $name, which Kerros does not export" >&2
    status=1
  fi
done < <(grep -ohP '(?<![:\w])kerros_[a-z_]+(?![\w:])' deploy/prometheus/rules/recording.yml deploy/prometheus/rules/alerts.yml deploy/grafana/*.json | sort -u)
exit "$status"
