#!/bin/sh
# Does to the programs what networks, clients and machines do.
set -eu
cd "$(dirname "$0")/../.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: tests/faults/run.sh [--no-install] [--long] [--sanitize] [GROUP|all]

Builds the programs (Release, in build/demo) and runs fault scenarios on them: clients that stall,
drip, vanish and lie, descriptors and memory that run out, signals, floods, datagrams that
are lost and forged, servers and a Redis that are killed. Each ends with the same questions:
does the server answer, and are descriptors, processes, memory and log as they should be?
Prints a table of what was seen. GROUP is net, shell, udp or chat, which is rooms and redis;
all is meant where none is named. Everything stays on loopback. Takes eight minutes at most;
missing Debian packages are installed first.

  --long         the full numbers of connections, bytes and seconds: half an hour
  --sanitize     on programs with ASan and UBSan (preset dev)
  --no-install   leave the system alone: say what to type, and go on if possible
END
}

install=yes
folder=build/demo
groups='net shell udp chat chat_redis'
options=
for argument; do
    case $argument in
    --help) help && exit ;;
    --no-install) install=no ;;
    --long) options="$options --long" ;;
    --sanitize) folder=build/dev options="$options --sanitized" ;;
    all) ;;
    net | shell | udp) groups=$argument ;;
    chat) groups='chat chat_redis' ;;
    rooms) groups=chat ;;
    redis) groups=chat_redis ;;
    *) help >&2 && exit 2 ;;
    esac
done

[ $folder = build/demo ] || packages clang libclang-rt-dev
packages g++ cmake ninja-build pkg-config python3 nlohmann-json3-dev libasio-dev libcli11-dev \
    libspdlog-dev libreadline-dev libssl-dev libutf8proc-dev libhiredis-dev openssl iproute2 \
    strace util-linux redis-server

echo "Configuring $folder"
if [ $folder = build/dev ]; then
    quietly cmake --preset dev
else # as the demonstration does, so that both build once
    quietly cmake -S . -B $folder -G Ninja -D CMAKE_BUILD_TYPE=Release -D FRAMING_BUILD_TESTS=OFF
fi
cmake --build $folder --target echo_server echo_client shell_server shell_client \
    chat_server chat_client chat_load udp_echo_server udp_chat_server udp_chat_client
"${CXX:-c++}" -std=c++20 -O2 -shared -fPIC -o $folder/faults_preload.so \
    tests/helpers/preload.cpp

status=0
for group in $groups; do
    PYTHONPATH=tests python3 tests/faults/$group.py $folder/bin $options || status=1
done
exit $status
