#!/usr/bin/env bash
# A third party's first minutes: in an empty folder outside the repository, make, build, inspect and
# test a plugin of every kind.
#   plugin_new.sh KERROS FOLDER
set -euo pipefail
kerros=$(realpath "$1")
mkdir -p "$2"
cd "$2"
for kind in channel bot tagger sla report; do
  "$kerros" plugin new --kind "$kind" "my-$kind"
  (
    cd "my-$kind"
    CARGO_TARGET_DIR="$2/target" "$kerros" plugin build
    "$kerros" plugin inspect ./*.wasm
    "$kerros" plugin test
  )
done
