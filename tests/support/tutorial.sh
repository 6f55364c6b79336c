#!/usr/bin/env bash
# Follows sdk/docs/tutorial.md word for word in an empty folder, and ends when the message that came in through the new channel
# is seen by the API. Only ports are others: those of the page may be taken here. Skips where a language's tools are not to be had.
#   tutorial.sh KERROS FOLDER rust|js|python
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
kerros=$(realpath "$1")
lang=$3
rm -rf "$2"
mkdir -p "$2/bin" "$2/work"
folder=$(realpath "$2")
ln -s "$kerros" "$folder/bin/kerros"
port=$((20000 + RANDOM % 20000))

# Blocks become steps: `only=LANG` is for one language, `file=PATH` a file's content, `stays=WORD` a command that runs on once it
# has said the word. Indented blocks are for the eye.
awk -v lang="$lang" '
  /^```/ && !inside {
    inside = 1; body = ""; only = ""; file = ""; stays = ""; kind = substr($1, 4)
    for (i = 2; i <= NF; i++) {
      split($i, pair, "=")
      if (pair[1] == "only") only = pair[2]
      if (pair[1] == "file") file = pair[2]
      if (pair[1] == "stays") stays = pair[2]
    }
    next
  }
  /^```/ {
    inside = 0
    if (only != "" && only != lang) next
    if (file != "") printf "mkdir -p \"$(dirname %s)\"\ncat > %s <<'\''KERROS_FILE'\''\n%sKERROS_FILE\n", file, file, body
    else if (stays != "") { sub(/\n$/, "", body); printf "stays %s %s\n", stays, body }
    else if (kind == "sh") printf "%s", body
    next
  }
  inside { body = body $0 "\n" }
' "$here/sdk/docs/tutorial.md" |
  sed -e "s/127\.0\.0\.1:8080/127.0.0.1:$port/g" -e "s/plugin dev pigeon --no-open/& --listen 127.0.0.1:$((port + 1))/" > "$folder/steps.sh"

# Runs a command on, until it says the word; it ends with this script.
stays() {
  local word=$1 log
  shift
  log="$folder/$2.log"
  "$@" > "$log" 2>&1 &
  kept+=($!)
  for _ in $(seq 1 6000); do
    if grep -q "$word" "$log"; then cat "$log"; return 0; fi
    kill -0 "${kept[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  echo "$* never said $word"
  cat "$log"
  return 1
}
kept=()
trap '[ ${#kept[@]} = 0 ] || kill "${kept[@]}" 2>/dev/null || true' EXIT

cd "$folder/work"
export PATH="$folder/bin:$PATH"
for name in ${!KERROS_*}; do
  [ "$name" = KERROS_TOOLS ] || unset "$name"
done
# Sourced, not piped: what one step sets the next one sees, as in a terminal.
tell() {
  if grep -qE 'are not here|is not here|could not install|venv failed' "$folder/said.log"; then
    echo "skip: the tutorial in $lang: $(grep -m1 -E 'not here|could not install|venv failed' "$folder/said.log")"
    exit 0
  fi
  exit 1
}
exec 3>&1
set +e
(
  trap '[ ${#kept[@]} = 0 ] || kill "${kept[@]}" 2>/dev/null || true' EXIT
  set -e
  # shellcheck disable=SC1091
  . "$folder/steps.sh"
) 2>&1 | tee "$folder/said.log"
ended=${PIPESTATUS[0]}
set -e
[ "$ended" = 0 ] || tell
grep -q '"preview": *"Where is my parcel?"' "$folder/said.log" || {
  echo "the message did not come through"
  exit 1
}
grep -q 'ready: build 1' "$folder/said.log" || { echo "dev did not build it"; exit 1; }
echo "the tutorial works in $lang"
