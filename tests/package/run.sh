#!/bin/sh
# Tries each way to the library and its programs.
set -eu
cd "$(dirname "$0")/../.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: tests/package/run.sh [--no-install] [CHANNEL...]

Makes a release twice and tries what is in it (default: all), in build/packages. Prints a table;
the logs are beside it. As root, and with half an hour; missing Debian packages are installed first.

  release     two releases of the last commit, in two folders: the same bytes
  headers     the single headers, by g++ and clang++: a server and a client
  module      import framing, by clang++-19
  lintian     no errors in the Debian packages
  bare        the Debian packages in a bare Debian: installed, used from CMake, pkg-config and
              Meson, the programs run, and all removed without a trace
  services    the units in that Debian, booted: each starts, serves, and stops
  container   the container file, by buildah: an image whose servers serve
  workflow    the workflow for GitHub runs the commands that are here

  --no-install   leave the system alone: skip what needs what is not there
END
}

channels=
option() {
    case $1 in
    release | headers | module | lintian | bare | services | container | workflow)
        channels="$channels $1" ;;
    *) return 1 ;;
    esac
}
read_options "$@"
[ -n "$channels" ] || channels='release headers module lintian bare services container workflow'

packages $programs_need git dpkg-dev file clang clang-19 lintian debootstrap systemd-container \
    buildah openssl python3 python3-yaml
work=$PWD/build/packages
tests=$PWD/tests/package
mkdir -p "$work"

skip() { echo "skipped: $*" && exit 77; }
needs() {
    for tool; do command -v "$tool" >/dev/null || skip "$tool not found"; done
}
as_superuser() { [ "$(id -u)" -eq 0 ] || skip 'only root can do this'; }

# The release of the last commit, made where there is none yet.
release=$work/one/build/release
commit=$(git rev-parse HEAD)
make_release() {
    rm -rf "$work/$1"
    git clone --quiet . "$work/$1"
    git -C "$work/$1" checkout --quiet "$commit"
    "$work/$1/packaging/release.sh" --no-install
}
need_release() {
    [ "$(git -C "$work/one" rev-parse HEAD 2>/dev/null)" = "$commit" ] &&
        [ -f "$release/SHA256SUMS" ] || make_release one
}

release() {
    needs dpkg-shlibdeps file
    make_release one
    make_release another
    diff "$release/SHA256SUMS" "$work/another/build/release/SHA256SUMS"
    (cd "$release" && sha256sum --check SHA256SUMS)
    rm -rf "$work/another"
}

headers() {
    need_release
    for compiler in g++ clang++; do
        command -v "$compiler" >/dev/null || continue
        "$compiler" -std=c++20 -DASIO_STANDALONE -DFRAMING_ONE_HEADER -I"$release" \
            tests/package/consumer/net.cpp -o "$work/net" -pthread
        "$work/net"
        echo "$compiler: good"
    done
}

module() {
    needs clang++-19
    tests/package/module/run.sh "$work/module" clang++-19 -I"$PWD/include"
}

lintian() {
    need_release
    command -v /usr/bin/lintian >/dev/null || skip 'lintian not found'
    LC_ALL=C.UTF-8 /usr/bin/lintian --allow-root --fail-on error "$release"/*.deb
}

# A bare Debian, kept for the next run; each test has a copy.
bare_system() {
    needs debootstrap
    as_superuser
    if [ ! -f "$work/bare.tar" ]; then
        rm -rf "$work/root"
        debootstrap --variant=minbase bookworm "$work/root"
        tar -C "$work/root" -cf "$work/bare.tar" .
    fi
    rm -rf "$work/root"
    mkdir "$work/root"
    tar -C "$work/root" -xf "$work/bare.tar"
    cp /etc/resolv.conf "$work/root/etc/resolv.conf"
    need_release
    cp "$release"/*.deb "$work/root/root"
    cp -r "$tests/consumer" "$tests/bare.sh" "$tests/services.sh" "$work/root/root"
}

# What is mounted there goes with the process.
in_bare_system() {
    unshare --mount --pid --fork sh -c '
        mount -t proc proc "$0/proc"
        exec chroot "$0" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
    ' "$work/root" "$@"
}

bare() {
    bare_system
    in_bare_system sh /root/bare.sh
}

services() {
    bare_system
    needs systemd-nspawn openssl
    examples/make-certs.sh "$work/root/root/certs" localhost
    cp docs/services.md "$work/root/root"
    in_bare_system sh /root/services.sh prepare
    timeout 300 systemd-nspawn --quiet --register=no --keep-unit --private-network --boot \
        --directory="$work/root" --link-journal=no </dev/null || true
    cat "$work/root/root/services.log"
    grep -qx 'all services are good' "$work/root/root/services.log"
}

# Where no registry can be reached, Debian's image is made of a bare system.
container() {
    needs buildah
    as_superuser
    base=docker.io/library/debian:bookworm-slim
    made=
    if ! buildah pull "$base"; then
        bare_system
        rm -r "$work/root/root"/*
        made=$(buildah from scratch)
        buildah add --quiet "$made" "$work/root" /
        buildah commit --quiet --rm "$made" "$base"
    fi
    need_release
    buildah bud --isolation chroot --pull-never --tag framing-test --file packaging/Containerfile "$release"
    used=$(buildah from framing-test)
    code=0
    buildah run --isolation chroot --user nobody "$used" sh -c '
        echo_server --listen 127.0.0.1:7000 >/tmp/said & server=$!
        for _ in $(seq 100); do grep -q listening /tmp/said && break; sleep 0.1; done
        [ "$(echo_client 127.0.0.1:7000 hello)" = hello ] && kill $server && wait $server
    ' || code=$?
    buildah rm "$used" >/dev/null
    buildah rmi framing-test >/dev/null
    [ -z "$made" ] || buildah rmi "$base" >/dev/null
    return $code
}

workflow() {
    python3 -B - <<'END'
import pathlib, sys, yaml
jobs = yaml.safe_load(pathlib.Path(".github/workflows/ci.yml").read_text())["jobs"]
commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
for script in (".ci/run", "packaging/release.sh"):
    if script not in commands or not pathlib.Path(script).stat().st_mode & 0o100:
        sys.exit(f"{script} is not run, or cannot be")
END
}

status=0
for channel in $channels; do
    start=$(date +%s)
    code=0
    # Not in an `if` or `||`, where -e would hold nothing.
    set +e
    (set -e; "$channel") >"$work/$channel.log" 2>&1 </dev/null
    code=$?
    set -e
    case $code in
    0) result=good ;;
    77) result=skipped ;;
    *) result=BAD status=1 ;;
    esac
    printf '%-10s %-8s %4s s\n' "$channel" $result $(($(date +%s) - start))
    [ $result = good ] || tail -n 30 "$work/$channel.log"
done
exit $status
