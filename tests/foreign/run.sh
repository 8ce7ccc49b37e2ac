#!/usr/bin/env bash
# Two reference clients of other makers, python-socketio and socket.io-client, talk to each other through a server:
#   tests/foreign/run.sh URL TOKEN_A TOKEN_B
# The tokens belong to two accounts (`secure-chat token`). Installs nothing: setup.sh or ./test does. Python is
# $SECURE_CHAT_PY and node's modules are in $SECURE_CHAT_NODE_MODULES; both default to what stands in target/foreign.
# Prints one JSON line for each client and transport; the exit code is 0 if all of them saw what they should.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

if [[ $# -ne 3 ]]; then
    echo "usage: tests/foreign/run.sh URL TOKEN_A TOKEN_B" >&2
    exit 2
fi
url=$1 token_a=$2 token_b=$3
foreign=${SECURE_CHAT_FOREIGN:-${CARGO_TARGET_DIR:-$PWD/../../target}/foreign}
python=${SECURE_CHAT_PY:-$foreign/venv/bin/python}
export SECURE_CHAT_NODE_MODULES=${SECURE_CHAT_NODE_MODULES:-$foreign/node_modules}
if [[ ! -x $python || ! -d $SECURE_CHAT_NODE_MODULES/socket.io-client ]]; then
    echo "the foreign clients are not installed: run tests/foreign/setup.sh" >&2
    exit 3
fi

py() { SECURE_CHAT_TOKEN=$token_a "$python" client.py "$url" "$@"; }
js() { SECURE_CHAT_TOKEN=$token_b node client.mjs "$url" "$@"; }

# Both at once in one room; each fails on its own if the other does not show up.
talk() { # room, transport of the Python client, transport of the Node client
    local room=$1 first second=0
    py talk "$room" "$2" python node &
    first=$!
    js talk "$room" "$3" node python || second=$?
    wait "$first" && [[ $second -eq 0 ]]
}

room=$(py create "python's room")
talk "$room" websocket websocket
room=$(js create "node's room")
talk "$room" polling polling
room=$(py create "a mixed room")
talk "$room" websocket polling
py refused websocket
js refused polling
for transports in websocket polling polling,websocket; do
    py behave "$transports"
    js behave "$transports"
done
