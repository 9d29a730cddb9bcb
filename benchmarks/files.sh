#!/bin/sh
# Compares the file server with scp, rsync, curl and cp.
set -eu
cd "$(dirname "$0")/.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: benchmarks/files.sh [--no-install] [--quick]

Builds file_server, file_client and a copy over TCP by hand (Release, in build/release) and
starts servers, an sshd and an nginx of its own, on loopback, with keys of their own. Prints how
long it takes to put and get 4 GiB, 4 GiB of holes with 1 MiB in them, 20,000 files of 4 KiB and
100,000 files that are there already, by file_client and by what one would use instead: medians
of 3 runs in turns. Then how much memory server and client took, and what that is beside the
goals. All is in /dev/shm, which needs 9 GiB (where there is less, it is said, and less is
copied), but for what is to be safe on the disk: that is in build. Takes half an hour besides
building; missing Debian packages are installed first, and no service is started.

  --quick        1 run: 256 MiB, 2,000 and 10,000 files
  --no-install   leave the system alone: say what to type, and go on if possible
END
}

runs='--runs 3 --size 4096 --files 20000 --unchanged 100000'
option() {
    case $1 in
    --quick) runs='--runs 1 --size 256 --files 2000 --unchanged 10000' ;;
    *) return 1 ;;
    esac
}
read_options "$@"

packages $programs_need libbenchmark-dev openssl python3 openssh-client rsync curl
# Debian starts servers that it installs, wherever something starts services.
[ ! -d /run/systemd/system ] || install=no
packages openssh-server nginx-light
PATH=$PATH:/usr/sbin
require python3 scp sshd rsync curl nginx

build_programs release file_server file_client framing_copy

exec python3 -B benchmarks/files.py $runs build/release/bin
