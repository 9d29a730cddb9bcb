#!/bin/sh
# Shows that work grows with the bytes, and no faster.
set -eu
cd "$(dirname "$0")/../.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: tests/complexity/run.sh [--no-install]

Counts, by valgrind, the instructions that headers of 16, 32 and 64 KiB take and bodies of
256 KiB, 512 KiB and 1 MiB, of every shape that might be dear, by each reader, whole and byte
by byte. Prints the instructions a byte, those that make the stream included, and by how
much the last doubling cost more than the one before it: 2.0 where work is linear, 4.0 where
it is quadratic. Fails above 2.2. Missing Debian packages are installed first.

  --no-install   leave the system alone: say what to type, and go on if possible
END
}

read_options "$@"
packages g++ valgrind nlohmann-json3-dev
require c++ valgrind

mkdir -p build
program=build/complexity
"${CXX:-c++}" -std=c++20 -O2 -I include -o $program tests/complexity/work.cpp

count() {
    valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null $program "$@" 2>&1 |
        awk '/I *refs:/ { gsub(",", ""); print $NF }'
}

status=0
for shape in string escapes chinese members keys sizes objects spaces bad-at-end never-closed \
    body frames; do
    case $shape in
    body | frames) size=1048576 ;;
    *) size=65536 ;;
    esac
    for way in 'feed 0' 'feed 1' 'commit 0' 'commit 1' 'decode 0' 'decode 1' 'forward 0'; do
        echo "$(count $shape $way $((size / 4))) $(count $shape $way $((size / 2)))" \
            "$(count $shape $way $size) $size $shape $way" |
            awk '{
                growth = ($3 - $2) / ($2 - $1)
                piece = $7 ? "byte by byte" : "whole"
                printf "%-13s%-9s%-13s%9.2f a byte%9.2f\n", $5, $6, piece, ($3 - $2) * 2 / $4, growth
                exit growth > 2.2
            }' || status=1
    done
done
exit $status
