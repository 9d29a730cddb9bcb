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

install=yes
runs='--runs 5 --seconds 5 --idle 10000'
for argument; do
    case $argument in
    --help) help && exit ;;
    --no-install) install=no ;;
    --quick) runs='--runs 2 --seconds 1 --idle 2000' ;;
    *) help >&2 && exit 2 ;;
    esac
done

packages g++ cmake ninja-build nlohmann-json3-dev libasio-dev libbenchmark-dev libcli11-dev \
    libspdlog-dev libssl-dev libutf8proc-dev python3
# Debian starts a Redis that it installs, wherever something starts services.
[ ! -d /run/systemd/system ] || install=no
packages redis-server
for tool in python3 redis-server; do
    if ! command -v "$tool" >/dev/null; then
        echo "Without $tool there is no going on." >&2
        exit 3
    fi
done

echo 'Configuring build/release'
quietly cmake --preset release
cmake --build build/release --target chat_server chat_load framing_redis_pubsub

exec python3 -B benchmarks/chat.py $runs build/release/bin
