#!/bin/sh
# Makes .venv with a Python that fits and installs infobip-rules into it: `set-up.sh` to run it, `set-up.sh dev` to test it.
# Does nothing where that is done already. Whatever is missing is said before anything is made.
set -eu
cd "$(dirname "$0")/.."

VENV=.venv
MARK=$VENV/.made-by-make
GROUP=${1:-}
STAMP=$VENV/.installed${GROUP:+-$GROUP}

say() { printf '%s\n' "$*" >&2; }

# The version as 3.11, or nothing where the command does not run: pyenv's shims are there for versions that are not.
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true; }

fits() { case $(version_of "$1") in 3.11 | 3.12) return 0 ;; *) return 1 ;; esac }

find_compiler() {
    for candidate in ${CC:-} cc gcc clang; do
        # Really run: macOS has a cc that only asks for the tools to be installed.
        if printf '#include <stdio.h>\n' | "$candidate" -E - >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return
        fi
    done
}

has_headers() {
    include=$("$1" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    printf '#include <Python.h>\n' | "$COMPILER" "-I$include" -E - >/dev/null 2>&1
}

has_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

has_uv() { uv --version >/dev/null 2>&1; }

# What the stamp holds: an installation is done again when the folder has moved, or Python or pyproject.toml changed.
fingerprint() { printf '%s %s %s\n' "$PWD" "$("$VENV/bin/python" -VV | cksum)" "$(cksum <pyproject.toml)"; }

is_installed() {
    fits "$VENV/bin/python" || return 1
    # With the tools for tests it can be run as well.
    for stamp in "$STAMP" "$VENV/.installed-dev"; do
        if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ]; then return 0; fi
    done
    return 1
}

need_compiler() {
    COMPILER=$(find_compiler)
    if [ -z "$COMPILER" ]; then
        say "No C compiler was found (cc, gcc or clang, with the C library's headers)."
        say "One dependency, durable-rules, is a C extension without ready-made packages. Install a compiler:"
        say "  Debian, Ubuntu:  sudo apt install gcc libc6-dev"
        say "  Fedora:          sudo dnf install gcc"
        say "  macOS:           xcode-select --install"
        say "Then run make again. Nothing was made."
        exit 1
    fi
    # Some Pythons remember a compiler by another name than the one that is here.
    export CC="$COMPILER"
}

LACKING=
# Whether a venv can be made with this Python; what it lacks is remembered, to be said if no other will do.
is_complete() {
    fits "$1" || return 1
    version=$(version_of "$1")
    if ! has_venv "$1"; then
        LACKING="$LACKING
Python $version is here, but without its module venv. Debian, Ubuntu:  sudo apt install python$version-venv"
        return 1
    fi
    if ! has_headers "$1"; then
        LACKING="$LACKING
Python $version is here, but without its header Python.h. Debian, Ubuntu:  sudo apt install python$version-dev
  Fedora:  sudo dnf install python$version-devel"
        return 1
    fi
}

remove_own() { [ ! -f "$MARK" ] || rm -rf "$VENV"; }

begin() { mkdir -p "$VENV" && : >"$MARK"; }

# $1 says whether a Python of the system's will do.
uv_venv() {
    begin
    uv venv --quiet --allow-existing --python 3.12 --python-preference "$1" "$VENV" 2>/dev/null && return 0
    remove_own
    return 1
}

with_uv() {
    has_uv || return 1
    if ! uv_venv managed; then
        say "uv could not fetch Python 3.12; looking for one that is installed."
        return 1
    fi
    has_headers "$VENV/bin/python" && return 0
    # It was the system's, without headers; uv's own have them.
    remove_own
    uv_venv only-managed && has_headers "$VENV/bin/python"
}

with_python() {
    remove_own
    for candidate in python3.12 python3.11 python3; do
        if is_complete "$candidate"; then
            begin
            "$candidate" -m venv "$VENV" && return 0
            remove_own
        fi
    done
    return 1
}

make_venv() {
    if [ -d "$VENV" ] && [ ! -f "$MARK" ]; then
        found=$(version_of "$VENV/bin/python")
        say "The folder $VENV is there, but holds no Python 3.11 or 3.12 with pip (it holds ${found:-none that runs})."
        say "It was not made here, so it is left alone. Move it away, or run 'make clean', then run make again."
        exit 1
    fi
    remove_own
    trap remove_own EXIT
    trap 'exit 130' INT TERM
    if ! with_uv && ! with_python; then
        found=$(version_of python3)
        say "No Python that fits was found: infobip-rules runs on 3.11 and 3.12 (python3 here is ${found:-missing}).$LACKING"
        say "Any one of these does:"
        say "  Debian, Ubuntu:  sudo apt install python3.11-venv python3.11-dev gcc   (or 3.12, whichever there is)"
        say "  Fedora:          sudo dnf install python3.12-devel gcc"
        say "  macOS:           brew install python@3.12 && xcode-select --install"
        say "  anywhere:        install uv (https://docs.astral.sh/uv/), which fetches a Python of its own"
        say "Then run make again. Nothing was made."
        exit 1
    fi
    trap - EXIT INT TERM
}

# A venv that was there before may be of a Python that can't compile.
need_headers() {
    has_headers "$VENV/bin/python" && return
    version=$(version_of "$VENV/bin/python")
    say "The Python $version behind $VENV has no header Python.h, so that durable-rules can't be compiled for it."
    say "  Debian, Ubuntu:  sudo apt install python$version-dev"
    say "  Fedora:          sudo dnf install python$version-devel"
    say "Then run make again."
    exit 1
}

install_all() {
    say "Installing into $VENV (Python $(version_of "$VENV/bin/python")); the first time takes a minute ..."
    if has_uv; then
        uv pip install --quiet --python "$VENV/bin/python" --editable . ${GROUP:+--group "$GROUP"}
    else
        # --group came with pip 25.1.
        "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1' &&
            "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --editable . ${GROUP:+--group "$GROUP"}
    fi
}

is_usable() { fits "$VENV/bin/python" && { has_uv || "$VENV/bin/python" -m pip --version >/dev/null 2>&1; }; }

is_installed && exit 0
need_compiler
is_usable || make_venv
need_headers
rm -f "$STAMP"
if ! install_all; then
    say "The installation failed, for the reason above. Nothing counts as installed: run make again when it is mended."
    exit 1
fi
fingerprint >"$STAMP"
