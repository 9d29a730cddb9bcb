# What the scripts that people run share; they source it, with the root as current folder.

# What all programs are built with.
programs_need='g++ cmake ninja-build nlohmann-json3-dev libasio-dev libcli11-dev libspdlog-dev
    libssl-dev libreadline-dev libutf8proc-dev libhiredis-dev libxxhash-dev'

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

# Reads the arguments of a script, whose `help` says what there is. Sets `install`. What is neither
# of the two that all have goes to the script's own `option`, which fails where it is nothing.
read_options() {
    install=yes
    for argument; do
        case $argument in
        --help) help && exit ;;
        --no-install) install=no ;;
        *) option "$argument" || { help >&2 && exit 2; } ;;
        esac
    done
    if [ ! -w . ]; then
        echo "Nothing can be written in $PWD." >&2
        exit 3
    fi
}
option() { return 1; }

# Installs those of the Debian packages named that are missing, or says how to.
packages() {
    if ! command -v dpkg-query >/dev/null; then
        echo 'No dpkg here: using the tools and libraries that are installed.'
        require c++ cmake ninja
        return
    fi
    missing=
    for package; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            missing="$missing $package"
    done
    [ -n "$missing" ] || return 0

    command="apt-get install --yes --no-install-recommends$missing"
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null; then
        as_root=sudo
    else
        [ "$install" = no ] || echo 'You are not root, and there is no sudo: nothing is installed.'
        install=no as_root='as root:'
    fi
    if [ "$install" = yes ]; then
        install_packages
        return
    fi
    echo "Missing; to install:" $as_root "$command"
    require c++ cmake ninja
}

# Runs $command; says before what it will do, and on a terminal how far it is.
install_packages() {
    echo "Installing:$missing"
    quietly $as_root apt-get update || not_installed
    plan=$(LC_ALL=C $command --assume-no 2>/dev/null | sed -n '
        s/.* \([0-9]*\) newly installed.*/with all that they need \1 packages/p
        s/^Need to get \(.*B\) of archives.*/\1 to download/p
        s/^After this operation, \(.*B\) of additional.*/\1 on the disk/p' | paste -s -d ';')
    [ -z "$plan" ] || echo "  $plan" | sed 's/;/; /g'
    install_log=$(mktemp)
    # Another may be installing, as machines do by themselves just after their start.
    patience='-o DPkg::Lock::Timeout=300'
    { $as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C $command $patience 2>&1 ||
        echo FAILED; } |
        tee "$install_log" |
        if [ -t 1 ]; then
            awk '/^(Waiting |Get:|Unpacking |Setting up )/ { printf "\r\033[K  %.70s", $0; fflush() }
                END { printf "\r\033[K" }'
        else
            cat >/dev/null
        fi
    if [ "$(tail -n 1 "$install_log")" = FAILED ]; then
        sed '$d' "$install_log" >&2
        not_installed
    fi
    rm -f "$install_log"
}

not_installed() {
    echo "Not installed. By hand: $as_root $command; or go on with --no-install." >&2
    exit 3
}

# Ends where one of the tools is missing.
require() {
    for tool; do
        if ! command -v "$tool" >/dev/null; then
            echo "Without $tool there is no going on." >&2
            exit 3
        fi
    done
}

# build_programs PRESET PROGRAM...: in build/PRESET/bin
build_programs() {
    preset=$1
    shift
    echo "Configuring build/$preset"
    quietly cmake --preset "$preset" -D FRAMING_FETCH_DEPENDENCIES=OFF
    for program; do
        if ! ninja -C "build/$preset" -t query "$program" >/dev/null 2>&1; then
            echo "$program cannot be built: a library is missing, as told above." >&2
            exit 3
        fi
    done
    cmake --build "build/$preset" --target "$@"
}
