#!/bin/sh
# Makes .venv and what GAN Studio needs from the system: bootstrap.sh run|demo|test, called by the Makefile.
#
#   run    the program, and the libraries Qt needs for a window
#   demo   the program, and the libraries Qt needs to paint without a screen
#   test   as demo, with the developers' tools
#
# Nothing is installed twice: a stamp in .venv, written last, holds what it was made from.
set -eu

cd "$(dirname "$0")/.."

PYTHONS="python3.11 python3.12 python3.13 python3.14 python3"
QT_OFFSCREEN="
    libEGL.so.1=libegl1
    libGL.so.1=libgl1
    libglib-2.0.so.0=libglib2.0-0
    libxkbcommon.so.0=libxkbcommon0
    libdbus-1.so.3=libdbus-1-3
    libfontconfig.so.1=libfontconfig1"
QT_WINDOW="
    libxkbcommon-x11.so.0=libxkbcommon-x11-0
    libxcb-cursor.so.0=libxcb-cursor0
    libxcb-icccm.so.4=libxcb-icccm4
    libxcb-keysyms.so.1=libxcb-keysyms1
    libxcb-shape.so.0=libxcb-shape0
    libxcb-xkb.so.1=libxcb-xkb1
    libxcb-render-util.so.0=libxcb-render-util0
    libxcb-image.so.0=libxcb-image0"

say() { printf '%s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

on_debian() { command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }

# apt_install PACKAGE...: fails with apt's own words when apt does.
apt_install() {
    say "Installing from Debian: $*"
    log=$(mktemp)
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    apt-get update -qq >"$log" 2>&1 || true # one broken source must not hide the package that another one has
    if apt-get install -y -qq --no-install-recommends "$@" >>"$log" 2>&1; then
        rm -f "$log"
        return 0
    fi
    tail -n 5 "$log" >&2
    rm -f "$log"
    return 1
}

# glibc's version is looked at before pip does, whose own words would be "no matching distribution".
check_libc() {
    [ "$(uname -s)" = Linux ] || return 0
    libc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || libc=""
    [ -n "$libc" ] || die "GAN Studio needs a Linux with glibc 2.34 or newer (Debian 12, Ubuntu 22.04); this one has another C library."
    version=${libc##* }
    major=${version%%.*}
    minor=${version#*.}
    minor=${minor%%.*}
    [ "$major" -gt 2 ] || [ "$minor" -ge 34 ] ||
        die "GAN Studio's window library needs glibc 2.34 or newer (Debian 12, Ubuntu 22.04); this system has $version."
}

# find_python [MODULES]: prints the first interpreter that the dependencies have wheels for and that imports MODULES.
# Each one is run, not just looked up: a version manager's shim may stand for a version that is not there.
find_python() {
    for name in $PYTHONS; do
        if "$name" -c "import sys${1:+, $1}; sys.exit(not (3, 11) <= sys.version_info < (3, 15))" >/dev/null 2>&1; then
            printf '%s\n' "$name"
            return 0
        fi
    done
    return 1
}

choose_python() {
    if python=$(find_python "venv, ensurepip"); then
        return 0
    fi
    python=$(find_python) || die "GAN Studio needs Python 3.11 to 3.14, and none of these is: $PYTHONS."
    # Debian's own python3 comes without venv.
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$python" = python3 ]; then package=python3-venv; fi
    on_debian || die "$python has no venv module: install the package of your system that brings it, and try again."
    is_root || die "$python has no venv module; this brings it: sudo apt-get install -y $package"
    apt_install "$package" || die "$package could not be installed, and $python has no venv module without it."
    python=$(find_python "venv, ensurepip") || die "$python still has no venv module with $package installed."
}

# has_scalable_font: Qt brings no font; without one every label is a row of boxes.
has_scalable_font() {
    [ -n "$(find -L /usr/share/fonts /usr/local/share/fonts "${HOME:-/root}/.fonts" "${HOME:-/root}/.local/share/fonts" \
        \( -name '*.ttf' -o -name '*.otf' -o -name '*.ttc' \) -print 2>/dev/null | head -n 1)" ]
}

# Asks the loader itself, through the new interpreter, so that a library from anywhere counts.
missing_packages() {
    # shellcheck disable=SC2086
    .venv/bin/python - $1 <<'PYTHON'
import ctypes, sys
missing = []
for pair in sys.argv[1:]:
    library, package = pair.split("=")
    try:
        ctypes.CDLL(library)
    except OSError:
        missing.append(package)
print(*missing)
PYTHON
    has_scalable_font || echo fonts-dejavu-core
}

check_system_libraries() {
    [ "$(uname -s)" = Linux ] && on_debian || return 0
    libraries=$QT_OFFSCREEN
    if [ "$1" = run ]; then libraries="$QT_OFFSCREEN $QT_WINDOW"; fi
    packages=$(missing_packages "$libraries" | tr '\n' ' ' | sed 's/^ *//; s/ *$//')
    [ -n "$packages" ] || return 0
    # shellcheck disable=SC2086
    if is_root && apt_install $packages; then return 0; fi
    say "Qt needs libraries that this system lacks; this brings them:"
    say "    sudo apt-get install -y --no-install-recommends $packages"
}

# The folder is part of it: a venv that was copied or moved still points to where it was made.
wanted() { { pwd; cat pyproject.toml packaging/constraints.txt; } | cksum; }

# is_made STAMP
is_made() {
    [ -f ".venv/$1" ] && [ "$(cat ".venv/$1")" = "$(wanted)" ] && .venv/bin/python -c "" >/dev/null 2>&1
}

install() {
    stamp=stamp-run
    target=.
    if [ "$1" = test ]; then
        stamp=stamp-test
        target=".[dev]"
    fi
    if is_made stamp-test || is_made "$stamp"; then return 0; fi

    check_libc
    # A venv whose interpreter has gone, or that was made in another folder, is made anew.
    if ! .venv/bin/python -c "import pip, sys; sys.exit(sys.argv[1] not in open('.venv/stamp-folder').read())" \
        "$(pwd)" >/dev/null 2>&1; then
        choose_python
        say "Making .venv with $("$python" --version)"
        "$python" -m venv --clear .venv || die "$python could not make .venv."
        pwd >.venv/stamp-folder
    fi
    rm -f .venv/stamp-run .venv/stamp-test
    say "Installing GAN Studio's dependencies into .venv: some minutes the first time"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
        -c packaging/constraints.txt -e "$target" ||
        die "The dependencies could not all be installed (pip's reason is above); the same command goes on from here."
    wanted >".venv/$stamp"
}

case "${1:-}" in
run | demo | test) ;;
*) die "usage: packaging/bootstrap.sh run|demo|test" ;;
esac
install "$1"
check_system_libraries "$1"
