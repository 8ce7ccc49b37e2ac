#!/usr/bin/env bash
# Makes target/scanners: two Python environments with scanners of other makers, in the versions of .ci/scanners (what they
# need does not fit in one). Does nothing where they stand already; `./test` makes the same directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

scanners=${SECURE_CHAT_SCANNERS:-${CARGO_TARGET_DIR:-target}/scanners}
wanted=$(cat .ci/scanners/*.txt)
if [[ -f $scanners/wanted && $(<"$scanners/wanted") == "$wanted" ]]; then
    exit 0
fi
mkdir -p "$scanners"
for name in requirements wapiti; do
    python3 -m venv "$scanners/$name"
    "$scanners/$name/bin/pip" install --quiet --disable-pip-version-check --requirement ".ci/scanners/$name.txt"
done
printf '%s' "$wanted" >"$scanners/wanted"
