#!/usr/bin/env bash
# A third party's first minutes: in an empty folder outside the repository, make, build, inspect and
# test a plugin with the binary alone. (The testkit's own tests do the same for every kind.)
#   plugin_new.sh KERROS FOLDER
set -euo pipefail
kerros=$(realpath "$1")
mkdir -p "$2"
cd "$2"
"$kerros" plugin new --kind tagger my-tagger
cd my-tagger
"$kerros" plugin build --out my-tagger.wasm
"$kerros" plugin inspect my-tagger.wasm
"$kerros" plugin test
