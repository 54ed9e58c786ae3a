#!/bin/sh
# Runs a command with a PostgreSQL of its own, whose address is in TEST_POSTGRES.
#
# Needs Debian's package: apt-get install postgresql. The server listens on a socket in a folder of its own, and is gone afterwards.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if [ ! -x "$bin/initdb" ]; then
    echo "there is no PostgreSQL; install it with: apt-get install postgresql" >&2
    exit 1
fi
# It refuses to run as root; its package brings a user for it.
as() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }
folder=$(as mktemp -d)
trap 'as "$bin/pg_ctl" -D "$folder" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
as "$bin/initdb" -D "$folder" -U pressdesk -A trust --no-sync >/dev/null
as "$bin/pg_ctl" -D "$folder" -w -l "$folder/log" -o "-k $folder -c listen_addresses=''" start >/dev/null || {
    cat "$folder/log" >&2
    exit 1
}
TEST_POSTGRES="postgres://pressdesk@localhost/postgres?host=$folder" "$@"
