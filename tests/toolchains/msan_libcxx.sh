#!/bin/sh
# Builds Debian's libc++ with MemorySanitizer, which has to see every byte that is written.
set -eu
cd "$(dirname "$0")/../.."
. scripts/shared.sh
. tests/toolchains/debian_source.sh
mkdir -p build/msan_libcxx
cd build/msan_libcxx
[ ! -e lib/libc++.a ] || exit 0

echo 'Downloading the source of libc++ (165 MB)'
debian_source llvm-toolchain-19

echo 'Building libc++ with MemorySanitizer'
mkdir -p source
tar -xf llvm-toolchain-19_*.orig.tar.xz -C source --strip-components 1 --wildcards \
    '*/runtimes' '*/cmake' '*/libcxx' '*/libcxxabi'
quietly cmake -S source/runtimes -B . -G Ninja -D CMAKE_BUILD_TYPE=Release \
    -D CMAKE_C_COMPILER=clang-19 -D CMAKE_CXX_COMPILER=clang++-19 \
    -D LLVM_USE_SANITIZER=MemoryWithOrigins -D LLVM_ENABLE_RUNTIMES='libcxx;libcxxabi' \
    -D LLVM_INCLUDE_TESTS=OFF -D LIBCXX_INCLUDE_BENCHMARKS=OFF \
    -D LIBCXX_ENABLE_SHARED=OFF -D LIBCXXABI_ENABLE_SHARED=OFF \
    -D LIBCXX_ENABLE_STATIC_ABI_LIBRARY=ON -D LIBCXXABI_USE_LLVM_UNWINDER=OFF
quietly cmake --build . --target cxx cxxabi
rm -rf source llvm-toolchain-19_*
