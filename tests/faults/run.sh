#!/bin/sh
# Does to the programs what networks, clients and machines do.
set -eu
cd "$(dirname "$0")/../.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: tests/faults/run.sh [--no-install] [--long] [--sanitize] [GROUP|all]

Builds the programs (preset demo, in build/demo) and runs fault scenarios on them: clients that
stall, drip, vanish and lie, descriptors, memory and disks that run out, signals, floods, datagrams
that are lost and forged, servers, clients and a Redis that are killed. Each ends with the same
questions: does the server answer, and are descriptors, processes, memory and log as they should
be? Prints a table of what was seen. GROUP is net, shell, udp, files or chat, which is rooms and
redis; all is meant where none is named. Everything stays on loopback. Takes ten minutes at most;
missing Debian packages are installed first.

  --long         the full numbers of connections, bytes and seconds: half an hour
  --sanitize     on programs with ASan and UBSan (preset dev)
  --no-install   leave the system alone: say what to type, and go on if possible
END
}

folder=build/demo
groups='net shell udp files chat chat_redis'
options=
option() {
    case $1 in
    --long) options="$options --long" ;;
    --sanitize) folder=build/dev options="$options --sanitized" ;;
    all) ;;
    net | shell | udp | files) groups=$1 ;;
    chat) groups='chat chat_redis' ;;
    rooms) groups=chat ;;
    redis) groups=chat_redis ;;
    *) return 1 ;;
    esac
}
read_options "$@"

[ $folder = build/demo ] || packages clang libclang-rt-dev
packages $programs_need python3 openssl iproute2 strace util-linux mount exfat-fuse exfatprogs \
    redis-server
require python3 strace

build_programs "${folder#build/}" echo_server echo_client shell_server shell_client \
    file_server file_client chat_server chat_client chat_load udp_echo_server udp_chat_server \
    udp_chat_client
"${CXX:-c++}" -std=c++20 -O2 -shared -fPIC -o $folder/faults_preload.so \
    tests/helpers/preload.cpp

status=0
for group in $groups; do
    PYTHONPATH=tests python3 tests/faults/$group.py $folder/bin $options || status=1
done
exit $status
