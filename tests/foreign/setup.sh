#!/usr/bin/env bash
# Makes target/foreign: a Python environment and node modules with the reference Socket.IO clients, in the versions of
# .ci/foreign. Does nothing where they stand already; `./test` makes the same directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

foreign=${SECURE_CHAT_FOREIGN:-${CARGO_TARGET_DIR:-target}/foreign}
wanted=$(cat .ci/foreign/requirements.txt .ci/foreign/package.json)
if [[ -f $foreign/wanted && $(<"$foreign/wanted") == "$wanted" ]]; then
    exit 0
fi
mkdir -p "$foreign"
python3 -m venv "$foreign/venv"
"$foreign/venv/bin/pip" install --quiet --disable-pip-version-check --requirement .ci/foreign/requirements.txt
cp .ci/foreign/package.json "$foreign/package.json"
npm install --silent --no-audit --no-fund --no-package-lock --prefix "$foreign"
printf '%s' "$wanted" >"$foreign/wanted"
