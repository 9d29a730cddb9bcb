#!/bin/sh
# Measures the peers in other languages beside the library.
set -eu
cd "$(dirname "$0")/.."
. scripts/shared.sh
. tests/peers/toolchains.sh

help() {
    cat <<'END'
usage: benchmarks/languages.sh [--no-install] [--quick]

Prints how many frames of a chat each peer of examples/peers decodes and encodes in a second of
processor time, and the library (Release, in build/release): a header of 71 bytes, which is read,
and a body of 64, in chunks of 64 KiB; the best of 5 runs. Takes two minutes besides building;
missing Debian packages, the toolchains of all languages among them, are installed first.

  --quick        1 run
  --no-install   leave the system alone: leave out the languages that are not there
END
}

runs=5
option() {
    case $1 in
    --quick) runs=1 ;;
    *) return 1 ;;
    esac
}
read_options "$@"

packages $programs_need $toolchains
require python3

build_programs release framing_languages

exec python3 -B benchmarks/languages.py $runs build/release/bin
