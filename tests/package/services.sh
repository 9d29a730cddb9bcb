#!/bin/sh
# Run by run.sh in a bare Debian: `prepare` installs the programs and lets the machine run this at its start, where
# it starts each unit, talks to its server, and stops it.
set -eu

if [ "${1-}" = prepare ]; then
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends systemd systemd-sysv \
        dbus /root/framing-programs_*.deb
    useradd --create-home --shell /bin/sh alice
    cat >/etc/systemd/system/services-test.service <<'END'
[Service]
Type=idle
ExecStart=sh /root/services.sh
ExecStopPost=systemctl poweroff --no-block
StandardOutput=file:/root/services.log
StandardError=file:/root/services.log
END
    systemctl set-default multi-user.target
    mkdir -p /etc/systemd/system/multi-user.target.wants
    ln -sf ../services-test.service /etc/systemd/system/multi-user.target.wants
    exit
fi

try() {
    unit=$1
    echo "$unit"
    systemctl start "$unit"
    for _ in $(seq 100); do
        journalctl --unit "$unit" | grep -q 'listening on' && break
        sleep 0.1
    done
}
stop() {
    systemctl is-active "$unit"
    systemctl show --property=MainPID,NRestarts "$unit"
    systemctl stop "$unit"
    ! systemctl is-failed "$unit"
}
trap 'status=$?; [ $status -eq 0 ] || journalctl --no-pager --unit "framing-*"; exit $status' EXIT

try framing-echo
test "$(echo_client 127.0.0.1:7003 hello)" = hello
stop

try framing-udp-echo
test "$(udp_echo_client 127.0.0.1:7003 hello)" = hello
stop

try framing-chat
echo 'hello, all' | chat_client 127.0.0.1:7002 --nick alice
stop
grep -q 'hello, all' /var/lib/framing-chat/chat.log

try framing-udp-chat
echo 'hello, all' | udp_chat_client 127.0.0.1:7002 --nick alice
stop

try framing-file
file_client 127.0.0.1:7001 --token-file /var/lib/framing-file/token put /etc/os-release release
cmp /etc/os-release /var/lib/framing-file/files/release
stop

try framing-shell@alice
alice() { runuser --user alice -- shell_client unix:/run/framing-shell-alice/socket \
    --token-file /run/framing-shell-alice/token -- "$@"; }
test "$(alice id -un)" = alice
test "$(alice 'echo kept >kept; cat ~/kept; pwd')" = "kept
/home/alice"
! alice 'touch /etc/here' || exit 1
! alice "test $(systemctl show --property=MainPID --value framing-echo) -gt 0" || exit 1
stop

echo 'all services are good'
