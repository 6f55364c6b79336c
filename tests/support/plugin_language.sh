#!/usr/bin/env bash
# A plugin that is not written in Rust, in an empty folder outside the repository: new, build, inspect, test. Every kind,
# or those that KINDS names;
# what makes components of the language is installed on the way. Skips where it is not to be had.
#   plugin_language.sh KERROS FOLDER js|python
set -euo pipefail
kerros=$(realpath "$1")
lang=$3
mkdir -p "$2"
cd "$2"
for kind in ${KINDS:-tagger channel bot sla report}; do
  "$kerros" plugin new --kind "$kind" --lang "$lang" "my-$kind"
  cd "my-$kind"
  if ! "$kerros" plugin build --out "my-$kind.wasm" 2>build.log; then
    cat build.log
    if grep -qE 'are not here|is not here|could not install|venv failed' build.log; then
      echo "skip: plugins in $lang: $(grep -m1 -E 'not here|could not install|venv failed' build.log)"
      exit 0
    fi
    exit 1
  fi
  cat build.log
  "$kerros" plugin inspect "my-$kind.wasm"
  "$kerros" plugin inspect "my-$kind.wasm" --json | grep -q '"lane": *"warm"'
  "$kerros" plugin test --random 0 "my-$kind.wasm"
  cd ..
done
