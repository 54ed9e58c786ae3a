#!/bin/sh
# Runs a command with judges that others wrote: the addresses of two servers of the Bot API are in TEST_API (telegram-test-api,
# which is polled) and TEST_TELEMELYA (telemelya, which delivers by webhook), and the library of Telegram's own code is TEST_TDLIB.
#
# Needs npm and Python 3.11 to 3.14 on Linux with x86-64. What it installs stays beside what Cargo builds for the next time. The
# servers listen on loopback, and are gone afterwards, however this ends: they end when their standard input does.
set -eu
judges=$(cd "$(dirname "$0")/judges" && pwd)
home=${CARGO_TARGET_DIR:-$(dirname "$0")/../target}/judges
mkdir -p "$home"
home=$(cd "$home" && pwd)

# Whoever comes while another installs waits; the lock goes with the process.
exec 9>"$home/lock"
flock 9
pinned=$(python3 --version && node --version && cat "$judges/package-lock.json" "$judges/requirements.txt")
if [ "$(cat "$home/pinned" 2>/dev/null)" != "$pinned" ]; then
    echo "Installing servers that others wrote, to judge the bot with." >&2
    rm -rf "$home/pinned" "$home/npm" "$home/venv"
    mkdir "$home/npm"
    cp "$judges/package.json" "$judges/package-lock.json" "$home/npm"
    npm ci --prefix "$home/npm" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    python3 -m venv "$home/venv"
    "$home/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
        --requirement "$judges/requirements.txt" >&2
    echo "$pinned" >"$home/pinned"
fi
exec 9>&-

folder=$(mktemp -d)
servers=
trap 'exec 4>&-; kill $servers 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
mkfifo "$folder/alive" "$folder/api" "$folder/telemelya"
exec 4<>"$folder/alive"
# In the folder, so that no .env of ours is read.
cd "$folder"
NODE_PATH="$home/npm/node_modules" node "$judges/serve_test_api.js" <alive >api 2>log 4>&- &
servers=$!
"$home/venv/bin/python" "$judges/serve_telemelya.py" <alive >telemelya 2>>log 4>&- &
servers="$servers $!"
cd "$OLDPWD"
if ! { read -r api <"$folder/api" && read -r telemelya <"$folder/telemelya"; }; then
    cat "$folder/log" >&2
    exit 1
fi
TEST_TDLIB=$home/npm/node_modules/@prebuilt-tdlib/linux-x64-glibc/libtdjson.so TEST_API=$api TEST_TELEMELYA=$telemelya "$@" 4>&-
