#!/bin/sh
# Compares the chat server with Redis Pub/Sub.
set -eu
cd "$(dirname "$0")/.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: benchmarks/chat.sh [--no-install] [--quick]

Builds chat_server and chat_load (Release, in build/release) and starts servers of its own on
loopback: chat_server, and a redis-server that keeps nothing. Prints, medians of 5 runs in
turns: what telling one message to 1,000 members costs, beside Redis Pub/Sub; what 10,000
members cost that say nothing, and how long one message to all takes; how long a message takes
to 100 members that hear 1,000 a second, without and with a member that does not read. Takes
a quarter of an hour besides building; missing Debian packages are installed first, and no
service is started.

  --quick        2 short runs, with 2,000 members that say nothing
  --no-install   leave the system alone: say what to type, and go on if possible
END
}

runs='--runs 5 --seconds 5 --idle 10000'
option() {
    case $1 in
    --quick) runs='--runs 2 --seconds 1 --idle 2000' ;;
    *) return 1 ;;
    esac
}
read_options "$@"

packages $programs_need libbenchmark-dev python3
# Debian starts a Redis that it installs, wherever something starts services.
[ ! -d /run/systemd/system ] || install=no
packages redis-server
require python3 redis-server

build_programs release chat_server chat_load framing_redis_pubsub

exec python3 -B benchmarks/chat.py $runs build/release/bin
