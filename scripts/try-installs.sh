#!/bin/sh
# Tries the wheel as people install it: from the package index, in folders that know nothing of the repository, with pip, with
# uv and with pipx. Each makes a project, checks it, has a message answered; needs .venv with the tools for tests.
set -eu
cd "$(dirname "$0")/.."

PYTHON=$PWD/.venv/bin/python
PLACE=$(mktemp -d)
trap 'rm -rf "$PLACE"' EXIT
unset PYTHONPATH VIRTUAL_ENV || true

fail() { printf '%s\n' "$*" >&2; exit 1; }

# $1: the name of the way, and of a folder for it; the rest is the command.
try() {
    way=$1
    shift
    mkdir "$PLACE/$way"
    cd "$PLACE/$way"
    "$@" --version
    "$@" new my-bot >/dev/null
    cd my-bot
    "$@" check --strict rules/
    said=$(timeout 120 "$@" dev rules/ --port 0 --first-message JOIN --exit-after-reply 2>&1) || fail "$said"
    case $said in
    *"385981234567 < Welcome!"*) ;;
    *) fail "$said" ;;
    esac
    printf '%s: a message to a new project was answered.\n' "$way"
}

"$PYTHON" -m hatchling build --directory "$PLACE/dist" >/dev/null 2>&1 || fail "The wheel could not be built."
WHEEL=$(ls "$PLACE"/dist/*.whl)

"$PYTHON" -m venv "$PLACE/with-pip"
"$PLACE/with-pip/bin/python" -m pip install --quiet "$WHEEL"
try pip "$PLACE/with-pip/bin/infobip-rules"
try module "$PLACE/with-pip/bin/python" -m infobip_rules
"$PLACE/with-pip/bin/python" -m pip install --quiet pytest
"$PLACE/with-pip/bin/python" -m pytest -q

"$PYTHON" -m venv "$PLACE/tools"
"$PLACE/tools/bin/python" -m pip install --quiet uv pipx
PATH=$PLACE/tools/bin:$PATH
export PATH PIPX_HOME="$PLACE/pipx-home" PIPX_BIN_DIR="$PLACE/pipx-bin" PIPX_DEFAULT_PYTHON="$PYTHON"
try uvx uvx --quiet --python "$PYTHON" --from "$WHEEL" infobip-rules
try pipx-run pipx run --spec "$WHEEL" infobip-rules
pipx install --quiet "$WHEEL" 2>/dev/null
try pipx "$PLACE/pipx-bin/infobip-rules"
