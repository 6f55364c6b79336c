#!/usr/bin/env bash
# All tests, on a fresh machine too: finds or installs what is missing, says what it does, and
# prints a skip for whatever it may not install.
#
#   ./tests/run.sh           everything
#   ./tests/run.sh rust web  only these steps (rust mail plugins languages tutorial swap config ops replay web browser)
#
# Ends with 0 if all is well, 1 if a test failed, 2 if a step is unknown.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
# shellcheck source=deploy/provide.sh
. deploy/provide.sh

steps=(rust mail plugins languages tutorial swap config ops replay web browser)
wanted=("$@")
for one in "${wanted[@]}"; do
  case " ${steps[*]} " in
    *" $one "*) ;;
    *) complain "unknown step $one; there are: ${steps[*]}"; exit 2 ;;
  esac
done

logs=${KERROS_TEST_LOGS:-target/test-logs}
work=$(mktemp -d "${TMPDIR:-/tmp}/kerros-tests.XXXXXX")
mkdir -p "$logs"
# PostgreSQL runs as its own user and must reach its folder.
chmod 755 "$work"
passed=0 failed=0 skipped=0
failures=()

cleanup() {
  [ -d "$work/postgres" ] && tests/support/postgres.sh stop "$work/postgres" >/dev/null 2>&1
  rm -rf "$work"
}
trap cleanup EXIT

wants() {
  [ ${#wanted[@]} = 0 ] && return 0
  local one
  for one in "${wanted[@]}"; do [ "$one" = "$1" ] && return 0; done
  return 1
}

skip() {
  say "skip: $1"
  skipped=$((skipped + 1))
}

# check NAME COMMAND...: runs it with its output in a log; counts cargo's tests one by one, anything else as one.
check() {
  local name=$1 log before
  shift
  log="$logs/$name.log"
  before=$SECONDS
  printf '\033[1mkerros:\033[0m %-28s ' "$name"
  if "$@" >"$log" 2>&1; then
    local count
    count=$(sum_of passed "$log")
    skipped=$((skipped + $(grep -c '^skip: ' "$log")))
    grep '^skip: ' "$log" | sort -u | sed 's/^/\n  /'
    if [ "$count" = 0 ]; then count=1; fi
    passed=$((passed + count))
    printf 'ok    %5d in %d s\n' "$count" $((SECONDS - before))
  else
    local count
    passed=$((passed + $(sum_of passed "$log")))
    count=$(sum_of failed "$log")
    if [ "$count" = 0 ]; then count=1; fi
    failed=$((failed + count))
    failures+=("$name")
    printf 'FAILED in %d s; what failed, and the end of %s:\n' $((SECONDS - before)) "$log"
    grep -E -A 12 '^test .* FAILED$|^not ok |^---- .* stdout ----$|panicked at|^error' "$log" | head -n 120
    echo ...
    tail -n 40 "$log"
  fi
}

sum_of() {
  grep -oE "[0-9]+ $1" "$2" | awk '{ sum += $1 } END { print sum + 0 }'
}

say "looking for what is needed"
ready=yes
provide_rust && provide_cc && provide_node && provide_wasm && provide_npm core/web || ready=""
[ -n "$ready" ] || { complain "install what is named above and start again"; exit 1; }

postgres=""
if provide_postgres; then
  postgres=$(tests/support/postgres.sh start "$work/postgres") || postgres=""
fi
if [ -n "$postgres" ]; then
  export KERROS_TEST_POSTGRES=$postgres
  say "PostgreSQL for tests: $postgres"
else
  skip "PostgreSQL is not here: store, suite and replay run on SQLite only"
fi

profile=${KERROS_TEST_PROFILE:-dev}
bin="${CARGO_TARGET_DIR:-target}/$([ "$profile" = dev ] && echo debug || echo "$profile")"

# One build for everything: with --tests the features are those of the tests, so nothing is compiled twice.
cargo_profile=$([ "$profile" = dev ] || echo "--profile $profile")
# shellcheck disable=SC2086
check build cargo build --locked $cargo_profile --workspace --lib --bins --tests
if wants rust; then
  # Backtraces of expected panics would drown the log.
  # shellcheck disable=SC2086
  check rust env RUST_BACKTRACE=0 cargo test --locked $cargo_profile --workspace --lib --bins --tests --no-fail-fast
fi

if wants mail; then
  if provide_mail; then
    # In `rust` too; here by itself, with the real servers found or installed first: the adapter, and whole houses.
    # shellcheck disable=SC2086
    check mail env RUST_BACKTRACE=0 cargo test --locked $cargo_profile --workspace --exclude kerros-load --test it -- --nocapture dovecot:: relay:: liar:: corpus:: huge:: oauth:: mailboxes:: mail:: mail_crash:: mail_import::
  else
    skip "Dovecot and Postfix are not here: mail was tried against stubs only"
  fi
fi

if wants plugins; then
  check plugins-native cargo test --locked --manifest-path plugins/Cargo.toml --target-dir "${CARGO_TARGET_DIR:-target}/plugins-native" --no-fail-fast
  for folder in plugins/*/*/; do
    [ -f "$folder/plugin.toml" ] || continue
    name=$(basename "$(dirname "$folder")")-$(basename "$folder")
    # Inputs changed by chance, too, the same ones every time.
    check "plugin-$name" "$bin/kerros" plugin test --seed 1 --random 100 "$folder"
  done
  check plugin-new tests/support/plugin_new.sh "$bin/kerros" "$work/authors"
fi

if wants languages; then
  # What makes components of them is installed once and kept between runs.
  export KERROS_TOOLS=${KERROS_TOOLS:-$PWD/target/plugin-tools}
  for lang in js python; do
    check "language-$lang" tests/support/plugin_language.sh "$bin/kerros" "$work/authors-$lang" "$lang"
  done
fi

if wants tutorial; then
  # Word for word, in an empty folder, up to a message through the new channel.
  export KERROS_TOOLS=${KERROS_TOOLS:-$PWD/target/plugin-tools}
  for lang in rust js python; do
    check "tutorial-$lang" tests/support/tutorial.sh "$bin/kerros" "$work/tutorial-$lang" "$lang"
  done
fi

if wants swap; then
  # To and fro while customers talk: nobody may notice. How long a swap takes is measured elsewhere.
  check swap tests/support/swap.sh "$bin" "$work/swap" --swaps 4 --visitors 200 --seconds 5 --most-ms 600000
fi

if wants config; then
  check config-check "$bin/kerros" check --config config
  if [ -f ../shared/data/sla/sla_vectors.csv ]; then
    check calendar-vectors "$bin/kerros" calendar check ../shared/data/sla/sla_vectors.csv
  else
    skip "calendar vectors: ../shared/data/sla/sla_vectors.csv is not here"
  fi
fi

if wants ops; then
  if provide_promtool; then
    check prometheus-rules promtool check rules deploy/prometheus/rules/recording.yml deploy/prometheus/rules/alerts.yml
    check prometheus-tests promtool test rules deploy/prometheus/rules/tests.yml
    check prometheus-metrics tests/support/with_server.sh "$bin/kerros" "$work/metrics" -- tests/support/metrics.sh
  else
    skip "promtool is not here: rules and metrics are not checked"
  fi
fi

if wants replay; then
  if [ -f ../shared/data/sgd/train_001.json ]; then
    check replay-sqlite tests/support/replay.sh "$bin" "$work/replay-sqlite" ../shared/data/sgd/train_001.json
    if [ -n "$postgres" ]; then
      check replay-postgres env KERROS_DATABASE__URL="$postgres" tests/support/replay.sh "$bin" "$work/replay-postgres" ../shared/data/sgd/train_001.json
    else
      skip "replay on PostgreSQL"
    fi
  else
    skip "replay: ../shared/data/sgd/train_001.json is not here"
  fi
fi

if wants web; then
  if provide_npm tests/web; then
    check web-types tests/web/node_modules/.bin/tsc --noEmit -p core/web/tsconfig.json
    check web-widget node --test --test-timeout=20000 tests/web/widget.test.mjs
  else
    skip "the front end's own tests: their packages could not be installed"
  fi
fi

if wants browser; then
  if provide_chromium && provide_npm tests/browser; then
    check browser env KERROS_CONFIG_DIR="$(tests/browser/config.sh "$work/browser-config")" \
      tests/support/with_server.sh "$bin/kerros" "$work/browser" -- node --test tests/browser/
  else
    skip "Chromium is not here: the browser tests did not run"
  fi
fi

if [ ${#failures[@]} -gt 0 ]; then
  say "failed: ${failures[*]}"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
