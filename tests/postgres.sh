#!/bin/sh
# Runs a command with a PostgreSQL of its own, whose address is in TEST_POSTGRES.
#
# Needs Debian's package: apt-get install postgresql. The server listens on loopback only and is gone afterwards.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if [ ! -x "$bin/initdb" ]; then
    echo "there is no PostgreSQL; install it with: apt-get install postgresql" >&2
    exit 1
fi
# It refuses to run as root; its package brings a user for it.
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
folder=$(as mktemp -d)
trap 'as "$bin/pg_ctl" -D "$folder" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
as "$bin/initdb" -D "$folder" -U pressdesk -A trust >/dev/null
as "$bin/pg_ctl" -D "$folder" -w -l "$folder/log" -o "-p $port -k $folder -c listen_addresses=127.0.0.1" start >/dev/null
TEST_POSTGRES="postgres://pressdesk@127.0.0.1:$port/postgres" "$@"
