#!/bin/sh
# Builds Debian's utf8proc for Windows, for which Debian has none.
set -eu
cd "$(dirname "$0")/../.."
. scripts/shared.sh
. tests/toolchains/debian_source.sh
mkdir -p build/windows_libraries
cd build/windows_libraries
[ ! -e lib/libutf8proc.a ] || exit 0

echo 'Downloading and building utf8proc for Windows'
debian_source utf8proc
mkdir -p source include lib
tar -xf utf8proc_*.orig.tar.gz -C source --strip-components 1
x86_64-w64-mingw32-gcc-posix -O2 -D UTF8PROC_STATIC -c source/utf8proc.c -o source/utf8proc.o
cp source/utf8proc.h include
x86_64-w64-mingw32-ar rcs lib/libutf8proc.a source/utf8proc.o
rm -rf source utf8proc_*
