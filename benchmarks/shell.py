#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints how long a command and its output take by ssh, and by shell_client. See shell.sh."""

import argparse
import contextlib
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SIZES = {"M": 1 << 20, "G": 1 << 30}
SSHD_CHROOT = pathlib.Path("/run/sshd")


def output_of(*command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=True, **options).stdout


@contextlib.contextmanager
def running(command, log, **options):
    """A process, for the time of a with block."""
    with open(log, "w", encoding="utf-8") as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=errors, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def wait_for(condition, process, log):
    deadline = time.monotonic() + 10
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"{process.args[0]} does not start:\n{log.read_text()}")
        time.sleep(0.05)


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_ssh(stack, folder):
    """Starts an sshd. Returns: how to call ssh."""
    for name in ["host", "user"]:
        output_of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name)
    shutil.copy(folder / "user.pub", folder / "authorized_keys")
    port = free_port()
    # What the user's .bashrc does, for as long as it likes, is not to be measured: another HOME.
    (folder / "sshd_config").write_text(f"""\
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
SetEnv HOME={folder}
Subsystem sftp internal-sftp
""", encoding="utf-8")
    (folder / "known_hosts").write_text(
        f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}", encoding="utf-8")
    (folder / "ssh_config").write_text(f"""\
HostName 127.0.0.1
Port {port}
User {pwd.getpwuid(os.geteuid()).pw_name}
IdentityFile {folder}/user
IdentitiesOnly yes
UserKnownHostsFile {folder}/known_hosts
GlobalKnownHostsFile /dev/null
BatchMode yes
""", encoding="utf-8")
    if os.geteuid() == 0 and not SSHD_CHROOT.exists():
        SSHD_CHROOT.mkdir(mode=0o755)
        stack.callback(SSHD_CHROOT.rmdir)

    log = folder / "log"
    server = stack.enter_context(running(
        [shutil.which("sshd"), "-D", "-e", "-f", folder / "sshd_config"], log))
    wait_for(lambda: answers(port), server, log)
    return ["ssh", "-F", folder / "ssh_config"]


def start_master(stack, folder, ssh):
    """Starts a ControlMaster. Returns: how to call ssh through it."""
    log = folder / "master.log"
    through = [*ssh, "-S", folder / f"master-{ssh[-1]}"]
    master = stack.enter_context(running([*through, "-M", "-N", "host"], log))
    wait_for(lambda: subprocess.run([*through, "-O", "check", "host"], check=False,
                                    capture_output=True).returncode == 0, master, log)
    return [*through, "host"]


def cipher_of(ssh):
    shown = output_of(*ssh, "-v", "host", "true")
    return re.search(r"server->client cipher: (\S+)", shown).group(1)


def start_shell_server(stack, folder, programs, environment, *options):
    """Returns: its address."""
    log = folder / "shell_server.log"
    server = stack.enter_context(running(
        [programs / "shell_server", "--listen", "127.0.0.1:0", *options], log,
        stdout=subprocess.PIPE, text=True, env=environment))
    line = server.stdout.readline()
    if not line:
        sys.exit(log.read_text())
    return line.split()[2]


def measure(ways, command, rounds, environment):
    """The seconds of each run, by way; in turns, and each first as often as the others."""
    seconds = {name: [] for name in ways}
    order = list(ways)
    for number in range(rounds + 1):
        for name in order:
            began = time.perf_counter()
            subprocess.run([*ways[name], command], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, env=environment, check=True)
            if number > 0:  # the first round warms up
                seconds[name].append(time.perf_counter() - began)
        order.append(order.pop(0))
    return seconds


def show(title, rows):
    """One table: the medians, least and most, and the ratio to the first row."""
    print(f"\n{title:<47}{'median':>9}{'least':>9}{'most':>9}{'to ssh':>9}")
    first = None
    for name, values in rows.items():
        median = statistics.median(values)
        first = first or median
        print(f"  {name:<45}{median:9.1f}{min(values):9.1f}{max(values):9.1f}{median / first:9.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", type=pathlib.Path, help="the folder of shell_client")
    parser.add_argument("--commands", type=int, default=200, help="how many (default: %(default)s)")
    parser.add_argument("--transfers", type=int, default=5, help="how many (default: %(default)s)")
    parser.add_argument("--size", default="1G", help="of a transfer (default: %(default)s)")
    arguments = parser.parse_args()
    programs = arguments.programs.resolve()
    client = programs / "shell_client"

    for number in [signal.SIGINT, signal.SIGTERM]:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder)}  # where the token lies
        ssh = start_ssh(stack, folder)
        usual = cipher_of(ssh)
        masters = {cipher: start_master(stack, folder, [*ssh, "-c", cipher])
                   for cipher in [usual, "aes128-gcm@openssh.com"]}
        plain = start_shell_server(stack, folder, programs, environment)
        with_tls = "--tls" in output_of(client, "--help")
        if with_tls:
            certificates = folder / "certificates"
            output_of(HERE.parent / "examples" / "make-certs.sh", certificates)
            tls = start_shell_server(stack, folder, programs, environment,
                                     "--tls-cert", certificates / "server.pem",
                                     "--tls-key", certificates / "server.key")

        print("\n" + output_of("ssh", "-V").strip())
        print(output_of(client, "--version").strip())
        if not with_tls:
            print("This shell_client has no --tls, so that there are no rows with TLS.")

        ours = {"shell_client": [client, plain, "--"]}
        if with_tls:
            ours["shell_client, TLS 1.3"] = [
                client, tls, "--tls-ca", certificates / "ca.pem", "--"]
        seconds = measure({"ssh, warm ControlMaster": masters[usual], **ours,
                           "sh -c, here, without any of them": ["sh", "-c"]},
                          "true", arguments.commands, environment)
        seconds |= measure({"ssh, a connection each (a tenth of the times)": [*ssh, "host"]},
                           "true", max(1, arguments.commands // 10), environment)
        show(f"`true` there and back, {arguments.commands} times, ms",
             {name: [second * 1000 for second in runs] for name, runs in seconds.items()})

        seconds = measure({**{f"ssh, {name}": master for name, master in masters.items()}, **ours},
                          f"head -c {arguments.size} /dev/zero", arguments.transfers, environment)
        size = int(arguments.size[:-1]) * SIZES[arguments.size[-1]] / SIZES["M"]
        show(f"{arguments.size} from there, {arguments.transfers} times, MiB/s",
             {name: [size / second for second in runs] for name, runs in seconds.items()})


if __name__ == "__main__":
    main()
