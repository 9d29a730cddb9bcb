#!/bin/sh
# Tests the peers in other languages, with the toolchains of all of them.
set -eu
cd "$(dirname "$0")/../.."
. scripts/shared.sh
. tests/peers/toolchains.sh

help() {
    cat <<'END'
usage: tests/peers/run.sh [--no-install] [LANGUAGE...]

Builds the programs (preset demo, in build/demo) and each LANGUAGE of examples/peers (default:
all), runs its tests (all of tests/vectors, in every cut), its linters and its package tool, lets
it talk to our servers, and each language to each other through a relay. Prints a table. Missing
Debian packages, the toolchains among them, are installed first.

  --no-install   leave the system alone: skip the languages that are not there
END
}

languages=
option() {
    [ -d "examples/peers/$1" ] && languages="$languages $1"
}
read_options "$@"
[ -n "$languages" ] || languages='python javascript go rust java'

packages $programs_need $toolchains
require python3

build_programs demo blocking_client chat_server echo_server framecat relay shell_server

# test NAME SCRIPT [ARGUMENT...]: a row of the table; what went wrong is printed after it
test_row() {
    name=$1
    script=$2
    shift 2
    start=$(date +%s)
    code=0
    PYTHONPATH=tests FRAMING_PEER_PACKAGES=yes python3 -B "tests/peers/$script" build/demo/bin "$@" \
        >"build/demo/peers/$name.log" 2>&1 || code=$?
    case $code in
    0) result=good ;;
    77) result=skipped ;;
    *) result=BAD status=1 ;;
    esac
    printf '%-12s %-8s %3s s\n' "$name" $result $(($(date +%s) - start))
    [ $result = good ] || cat "build/demo/peers/$name.log"
}

mkdir -p build/demo/peers
status=0
for language in $languages; do
    test_row "$language" peer.py "$language"
done
test_row interop interop.py
exit $status
