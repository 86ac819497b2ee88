# Sourced by the commands beside it: makes .venv on first use and renews it when its inputs change.
# Nothing here runs when .venv is up to date, so that a second start is quick.
# usage: . bin/common.sh; prepare EXTRA "DEBIAN PACKAGES" ["COMMANDS THAT PROVE THEM"]

root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# Debian packages for the commands that are not there: installed as root, else told in one line.
system_packages() {
    [ -z "$1" ] && return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Installing Debian packages:$1"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends $1; } >/tmp/owfs_py-apt.$$ 2>&1 \
            || { cat /tmp/owfs_py-apt.$$ >&2; fail "apt-get could not install:$1"; }
        rm -f /tmp/owfs_py-apt.$$
    else
        fail "Missing system packages. Run:  sudo apt-get install -y$1"
    fi
}

build_packages() {
    missing=
    command -v "$python" >/dev/null || missing="$missing python3"
    command -v gcc >/dev/null || missing="$missing gcc libc6-dev"
    "$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
    "$python" -c 'import os, sysconfig as s, sys
sys.exit(not os.path.exists(os.path.join(s.get_paths()["include"], "Python.h")))' 2>/dev/null \
        || missing="$missing python3-dev"
    system_packages "$missing"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
        || fail "Python 3.11 or newer is needed; $python is $("$python" -V 2>&1). Set PYTHON=..."
}

# The stamp names everything that the build depends on; a changed one builds anew.
stamp_of() {
    cat "$root/setup.py" "$root/pyproject.toml" "$root"/owfs_py/*.pyx | cksum | tr -d ' '
}

prepare() {
    extra=$1
    stamp=$root/.venv/stamp-${extra:-run}
    want=$(stamp_of)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && return 0
    build_packages
    (
        # Two first starts at once must not build into each other.
        command -v flock >/dev/null && flock 9
        [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && exit 0
        say "Preparing $root/.venv (first use, or the sources changed) ..."
        [ -x "$root/.venv/bin/python" ] || "$python" -m venv "$root/.venv" || exit 1
        say "  building owfs_py and fetching what it needs ..."
        log=$root/.venv/build.log
        "$root/.venv/bin/python" -m pip install --disable-pip-version-check --progress-bar off \
            --editable "$root${extra:+[$extra]}" >"$log" 2>&1 \
            || { cat "$log" >&2; say "Building failed; see above."; exit 1; }
        printf '%s\n' "$want" >"$stamp"
        say "  done."
    ) 9>"$root/.venv.lock" || exit 1
    rm -f "$root/.venv.lock"
}
