#!/bin/sh
# Makes .venv with a Python that fits and installs infobip-rules into it: `set-up.sh` to run it, `set-up.sh dev` to test it,
# `set-up.sh dist` to build it.
# Does nothing where that is done already. Whatever is missing is said before anything is made.
# Only the tests need a C compiler, as they have a host of durable-rules.
set -eu
cd "$(dirname "$0")/.."

VENV=.venv
MARK=$VENV/.made-by-make
GROUP=${1:-}
STAMP=$VENV/.installed${GROUP:+-$GROUP}
# The Pythons that tests run on, the preferred one first; later ones are allowed.
TESTED="3.13 3.12 3.11"
NEWEST=${TESTED%% *}
OS_RELEASE=${OS_RELEASE:-/etc/os-release}
# USE_PYTHON: the one Python to make .venv with.

say() { printf '%s\n' "$*" >&2; }

# The version as 3.11, or nothing where the command does not run: pyenv's shims are there for versions that are not.
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true; }

fits() { [ -n "$(version_of "$1")" ] && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; }

is_tested() { case " $TESTED " in *" $(version_of "$1") "*) return 0 ;; *) return 1 ;; esac }

compiles() { [ "$GROUP" = dev ]; }

# The package manager whose commands are said: that of this system, or nothing.
packages() {
    [ "$(uname -s)" != Darwin ] || { echo brew; return; }
    case "$(system)" in
    *" debian "* | *" ubuntu "*) echo apt ;;
    *" fedora "* | *" rhel "*) echo dnf ;;
    esac
}

# The names of this system and of those that it is like.
system() { echo " $(sed -n 's/^ID\(_LIKE\)*=//p' "$OS_RELEASE" 2>/dev/null | tr -d '"' | tr '\n' ' ') "; }

# The Python that can be installed with dnf: RHEL 8 and 9 have 3.12 beside their own, which is that of RHEL 10; Fedora has each.
of_dnf() { case "$(system)" in *" rhel "*) echo 3.12 ;; *) echo "$NEWEST" ;; esac }

# Says the commands that are given for apt, dnf, brew: that of this system, or each.
say_command() {
    case $(packages) in
    apt) say "  $1" ;;
    dnf) say "  $2" ;;
    brew) say "  $3" ;;
    *)
        say "  Debian, Ubuntu:  $1"
        say "  Fedora:          $2"
        say "  macOS:           $3"
        ;;
    esac
}

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
        say "The tests have a host of durable-rules, a C extension without ready-made packages. Install a compiler:"
        say_command "sudo apt install gcc libc6-dev python3-dev" "sudo dnf install gcc python3-devel" "xcode-select --install"
        say "Then run make again. Nothing was made."
        exit 1
    fi
    # Some Pythons remember a compiler by another name than the one that is here.
    export CC="$COMPILER"
}

header_command() {
    if [ "$(packages)" = dnf ]; then echo "sudo dnf install python$1-devel"; else echo "sudo apt install python$1-dev"; fi
}

LACKING=
# Whether a venv can be made with this Python; what it lacks is remembered, to be said if no other will do.
is_complete() {
    fits "$1" || return 1
    version=$(version_of "$1")
    if ! has_venv "$1"; then
        LACKING="$LACKING
Python $version is here, but without its module venv:  sudo apt install python$version-venv"
        return 1
    fi
    if compiles && ! has_headers "$1"; then
        LACKING="$LACKING
Python $version is here, but without its header Python.h:  $(header_command "$version")"
        return 1
    fi
}

remove_own() { [ ! -f "$MARK" ] || rm -rf "$VENV"; }

begin() { mkdir -p "$VENV" && : >"$MARK"; }

# $1 says whether a Python of the system's will do.
uv_venv() {
    begin
    uv venv --quiet --allow-existing --python "$NEWEST" --python-preference "$1" "$VENV" 2>/dev/null && return 0
    remove_own
    return 1
}

with_uv() {
    has_uv || return 1
    if ! uv_venv managed; then
        say "uv could not fetch Python $NEWEST; looking for one that is installed."
        return 1
    fi
    if ! compiles || has_headers "$VENV/bin/python"; then return 0; fi
    # It was the system's, without headers; uv's own have them.
    remove_own
    uv_venv only-managed && has_headers "$VENV/bin/python"
}

with_python() {
    remove_own
    for candidate in ${USE_PYTHON:-$(printf 'python%s ' $TESTED) python3 python3.14 python3.15}; do
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
        say "The folder $VENV is there, but holds no Python 3.11 or later with pip (it holds ${found:-none that runs})."
        say "It was not made here, so it is left alone. Move it away, or run 'make clean', then run make again."
        exit 1
    fi
    remove_own
    trap remove_own EXIT
    trap 'exit 130' INT TERM
    if ! { [ -z "${USE_PYTHON:-}" ] && with_uv; } && ! with_python; then
        found=$(version_of python3)
        say "No Python that fits was found: infobip-rules runs on 3.11 and later (python3 here is ${found:-missing}).$LACKING"
        say "Any one of these does:"
        if compiles; then
            say_command "sudo apt install python3-venv python3-dev gcc libc6-dev" "sudo dnf install python$(of_dnf)-devel gcc" \
                "brew install python@$NEWEST && xcode-select --install"
        else
            say_command "sudo apt install python3-venv" "sudo dnf install python$(of_dnf)" "brew install python@$NEWEST"
        fi
        say "  anywhere: install uv (https://docs.astral.sh/uv/), which fetches a Python of its own"
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
    say "  $(header_command "$version")"
    say "Then run make again."
    exit 1
}

pip_install() {
    if has_uv; then
        uv pip install --quiet --python "$VENV/bin/python" "$@"
    else
        "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
    fi
}

# Built for another Python before, or without CPPFLAGS, it may lie in a cache.
build_durable() {
    "$VENV/bin/python" -c 'import durable_rules_engine' 2>/dev/null && return
    if has_uv; then
        pip_install --no-cache --no-binary durable-rules --reinstall-package durable-rules durable-rules
    else
        pip_install --no-cache-dir --no-binary durable-rules --force-reinstall --no-deps durable-rules
    fi
}

install_all() {
    version=$(version_of "$VENV/bin/python")
    is_tested "$VENV/bin/python" || say "Python $version is untried; tests run on $TESTED. It should work."
    say "Installing into $VENV (Python $version); the first time takes a minute ..."
    # --group came with pip 25.1.
    has_uv || pip_install --upgrade 'pip>=25.1' || return 1
    # durable-rules calls what Python 3.13 no longer has; its set-up overwrites CFLAGS.
    export CPPFLAGS="${CPPFLAGS:+$CPPFLAGS }-DPyEval_CallObject=PyObject_CallObject"
    pip_install --editable . ${GROUP:+--group "$GROUP"} || return 1
    ! compiles || build_durable
}

is_usable() { fits "$VENV/bin/python" && { has_uv || "$VENV/bin/python" -m pip --version >/dev/null 2>&1; }; }

is_installed && exit 0
! compiles || need_compiler
is_usable || make_venv
! compiles || need_headers
rm -f "$STAMP"
if ! install_all; then
    say "The installation failed, for the reason above. Nothing counts as installed: run make again when it is mended."
    exit 1
fi
fingerprint >"$STAMP"
