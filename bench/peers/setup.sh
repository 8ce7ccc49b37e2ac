#!/usr/bin/env bash
# Makes target/peers: what the servers of bench/peers need. Does nothing where it stands already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

peers=${CARGO_TARGET_DIR:-target}/peers
wanted=$(cat bench/peers/*/requirements.txt)
if [[ -f $peers/wanted && $(<"$peers/wanted") == "$wanted" ]]; then
    exit 0
fi
mkdir -p "$peers"
python3 -m venv "$peers/flask"
"$peers/flask/bin/pip" install --quiet --disable-pip-version-check --requirement bench/peers/flask/requirements.txt
printf '%s' "$wanted" >"$peers/wanted"
