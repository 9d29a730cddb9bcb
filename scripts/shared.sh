# Sourced by the scripts that people run. Wants `install`, yes or no, and the root as current folder.

# Runs a command whose output matters only when it fails.
quietly() {
    quiet_log=$(mktemp)
    if "$@" >"$quiet_log" 2>&1; then
        grep ' skipped: ' "$quiet_log" || true
        rm -f "$quiet_log"
    else
        quiet_status=$?
        cat "$quiet_log" >&2
        rm -f "$quiet_log"
        return "$quiet_status"
    fi
}

# Sets `install` by the arguments of a script that has no other options, and a function `help`.
read_options() {
    install=yes
    for argument; do
        case $argument in
        --help) help && exit ;;
        --no-install) install=no ;;
        *) help >&2 && exit 2 ;;
        esac
    done
}

# Installs those of the Debian packages named that are missing, or says how to.
packages() {
    if ! command -v dpkg-query >/dev/null; then
        echo 'No dpkg here: using the tools and libraries that are installed.'
        return
    fi
    missing=
    for package; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            missing="$missing $package"
    done
    [ -n "$missing" ] || return 0

    if [ "$(id -u)" -eq 0 ]; then sudo=; else sudo='sudo '; fi
    command="apt-get install --yes --no-install-recommends$missing"
    if [ "$install" = yes ]; then
        echo "Installing:$missing"
        quietly ${sudo}apt-get update
        quietly ${sudo}env DEBIAN_FRONTEND=noninteractive $command
        return
    fi
    echo "Missing; to install: $sudo$command"
    for tool in c++ cmake ninja; do
        if ! command -v "$tool" >/dev/null; then
            echo "Without $tool there is no going on." >&2
            exit 3
        fi
    done
}
