#!/usr/bin/env bash
# Mails to begin with, for both targets: those of ../shared/data/mail, each under its digest.
set -euo pipefail
cd "$(dirname "$0")"
from=${1:-../../../shared/data/mail}
[ -d "$from" ] || { echo "skip: $from is not here: the fuzzer begins with nothing" >&2; exit 0; }
for target in lift_split email_receive; do
  mkdir -p "corpus/$target"
  find "$from" -type f -size -64k -print0 | while IFS= read -r -d '' mail; do
    cp "$mail" "corpus/$target/$(sha256sum <"$mail" | cut -c1-16)"
  done
  echo "$target: $(find "corpus/$target" -type f | wc -l) mails"
done
