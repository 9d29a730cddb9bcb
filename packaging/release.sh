#!/bin/sh
# Makes what a release is: sources, single headers, Debian packages, and their sums.
set -eu
cd "$(dirname "$0")/.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: packaging/release.sh [--no-install]

Makes all files of a release from the last commit, in build/release:

  framing-VERSION.tar.gz                       the sources
  framing.hpp framing_net.hpp framing_net_tls.hpp
                                               single headers: the core, with the net, with TLS
  libframing-dev_VERSION-1_all.deb             the library
  framing-programs_VERSION-1_ARCHITECTURE.deb  the programs
  SHA256SUMS

By the same compiler they come out the same, byte for byte, whenever and wherever they are made.
Missing Debian packages are installed first.

  --no-install   leave the system alone: say what to type, and go on if possible
END
}
read_options "$@"

packages $programs_need git dpkg-dev file
require git gzip dpkg-shlibdeps

umask 022
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)"
version=$(sed -n 's/^project(framing VERSION \([0-9.]*\) .*/\1/p' CMakeLists.txt)
release=$PWD/build/release
rm -rf "$release"
mkdir -p "$release"

# The packages are of these very sources.
git -c tar.umask=0022 archive --format=tar --prefix="framing-$version/" HEAD |
    gzip -9n >"$release/framing-$version.tar.gz"
tar -C "$release" -xzf "$release/framing-$version.tar.gz"
cd "$release/framing-$version"

cmake -D out="$release" -P packaging/single_headers.cmake

quietly cmake --preset package -D FRAMING_FETCH_DEPENDENCIES=OFF
cmake --build build/package
(cd build/package && quietly cpack)
cp build/package/*.deb "$release"

cd "$release"
rm -r "framing-$version"
sha256sum -- * >SHA256SUMS
cat SHA256SUMS
