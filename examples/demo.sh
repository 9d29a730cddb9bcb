#!/bin/sh
# Builds the programs and shows them at work.
set -eu
cd "$(dirname "$0")/.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: examples/demo.sh [--no-install]

Builds programs (preset demo, in build/demo) and shows them at work: the sticky
packets of bare TCP and their cure, a remote command line, a look into a stream,
files that break on the way, a chat. Missing Debian packages are installed first.

  --no-install   leave the system alone: say what to type, and go on if possible
END
}

read_options "$@"

[ -x build/demo/bin/chat_client ] ||
    echo 'To be built, once: eight programs, in about a minute on two cores, and 260 MB in build/demo.'
packages $programs_need
build_programs demo sticky_packets shell_server shell_client framecat file_server file_client \
    chat_server chat_client

bin=build/demo/bin
scratch=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" || true
    fi
    rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
export XDG_RUNTIME_DIR="$scratch" # where the token lies that lets a client in

fail() {
    echo "demo failed: $*" >&2
    exit 1
}

# Runs a command here; shows it and what it wrote.
show() {
    printf '\n$ %s\n' "$1"
    PATH="$bin:$PATH" sh -c "$1" </dev/null >"$scratch/shown" || fail "exit status $?"
    cat "$scratch/shown"
}

# Runs a command on the server; it must answer as the same command does here.
remote() {
    show "shell_client $address -- '$1'"
    sh -c "$1" </dev/null | cmp -s - "$scratch/shown" || fail 'other bytes than here'
}

# Starts a server on a free port, and waits until it listens at $address.
start() {
    program=$1
    shift
    "$bin/$program" --listen 127.0.0.1:0 "$@" >"$scratch/ready" 2>"$scratch/log" &
    server=$!
    exec 3<"$scratch/ready"
    read -r listening on address <&3 || fail "$(cat "$scratch/log")"
    printf '\n$ %s --listen 127.0.0.1:0%s\n%s %s %s\n' "$program" "${*:+ $*}" \
        "$listening" "$on" "$address"
}

stop() {
    printf '\n$ kill -TERM %s\n' "$server"
    kill -TERM "$server"
    status=0
    wait "$server" || status=$?
    server=
    [ "$status" -eq 0 ] || fail "the server ended with $status"
}

mkfifo "$scratch/ready"

show sticky_packets

start shell_server --cwd .

remote 'echo hello from $(uname -s)'
remote 'ls examples'
remote 'printf "你好，世界\n再见\n" | sed s/世界/框架/ | sort'
remote 'head -c 10000000 /dev/zero | sha256sum'

show "shell_client $address -- seq 1 200000 | sha256sum"
seq 1 200000 | sha256sum | cmp -s - "$scratch/shown" || fail 'other bytes than here'

show "shell_client $address -- exit 7; echo \$?"
[ "$(cat "$scratch/shown")" = 7 ] || fail 'another exit status'

show "printf '\\000\\000\\000\\002{}' | framecat decode"
[ -s "$scratch/shown" ] || fail 'no frame'

stop

mkdir "$scratch/files"
head -c 20000000 /dev/urandom >"$scratch/film"
start file_server --root "$scratch/files"

show "file_client $address put -r examples && file_client $address ls examples"
file="file_client $address put $scratch/film"
show "timeout --signal=KILL 1 $file --limit-rate 10000000; file_client $address ls"
show "$file --json"
grep -q '"event":"resumed"' "$scratch/shown" || fail 'the film did not go on where it was'
show "file_client $address sum film"
grep -q "^$(sha256sum <"$scratch/film" | cut -d ' ' -f 1) " "$scratch/shown" || fail 'another film'

stop

start chat_server

show "echo 'hello, 世界' | chat_client $address --nick alice"
show "chat_client $address --nick bob --history 1"
grep -q ' <alice> hello, 世界$' "$scratch/shown" || fail 'bob did not hear alice'

stop

cat <<END

demo passed. By hand, in two terminals:
  $bin/shell_server --listen 127.0.0.1:7000
  $bin/shell_client 127.0.0.1:7000
  $bin/file_server --listen 127.0.0.1:7000 --root .
  $bin/file_client 127.0.0.1:7000 ls
or in three:
  $bin/chat_server --listen 127.0.0.1:7000
  $bin/chat_client 127.0.0.1:7000 --nick alice
  $bin/chat_client 127.0.0.1:7000 --nick bob
END
