#!/bin/sh
# Compares echo servers: ours, by hand, and over what others use.
set -eu
cd "$(dirname "$0")/.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: benchmarks/servers.sh [--no-install] [--quick]

Builds an echo server by hand (epoll), one over bare Asio, two over tokio-util, one over Netty,
README's over framing::net (its headers as nlohmann/json, and unread), and a client, Release, in
build/release. Prints the processor time of the server for a request, in microseconds, medians
of 5 runs in turns, and how many times that of the server by hand it is: one request at a time
on 1, 64 and 1,000 connections, 64 at a time on 1 and 64, bodies of 16 KiB and 1 MiB, and a
connection for each request; then the memory of an idle connection, of 5,000. Draws
build/release/plots/servers.svg. Server and client are given a processor each; take a quiet
machine. Takes six minutes besides building; missing Debian packages are installed first.

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

packages $programs_need python3 gnuplot-nox default-jdk-headless libnetty-java librust-tokio-util-dev \
    $(command -v cargo >/dev/null || echo cargo)
require python3

build_programs release framing_servers

exec python3 -B benchmarks/servers.py $runs --plots build/release/plots build/release/bin
