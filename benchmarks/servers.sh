#!/bin/sh
# Compares echo servers: ours with what one would write by hand.
set -eu
cd "$(dirname "$0")/.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: benchmarks/servers.sh [--no-install] [--quick]

Builds an echo server by hand (epoll), one over bare Asio, README's over framing::net (its
headers as nlohmann/json, and unread), and a client, Release, in build/release. Prints the
processor time of the server for a request, in microseconds, medians of 5 runs in turns, and
how many times that of the server by hand it is: one request at a time on 1, 64 and 1,000
connections, 64 at a time on 1 and 64, bodies of 16 KiB and 1 MiB, and a connection for each
request. Server and client are given a processor each; take a quiet machine. Takes three
minutes besides building; missing Debian packages are installed first.

  --quick        1 short run
  --no-install   leave the system alone: say what to type, and go on if possible
END
}

runs='--runs 5 --seconds 1'
option() {
    case $1 in
    --quick) runs='--runs 1 --seconds 0.3' ;;
    *) return 1 ;;
    esac
}
read_options "$@"

packages $programs_need python3
require python3

build_programs release framing_servers

exec python3 -B benchmarks/servers.py $runs build/release/bin
