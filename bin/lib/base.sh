# shellcheck shell=bash
# What every command needs: where the project is, plain words, and a clean way out.

CALLED_FROM=$PWD
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT" || exit 1

# The folder that cargo builds into, as an absolute path: commands change folders.
TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
case $TARGET in /*) ;; *) TARGET=$CALLED_FROM/$TARGET ;; esac
export CARGO_TARGET_DIR=$TARGET

say() { printf 'gifchat: %s\n' "$*"; }

# Ends the command, saying what is missing and how to get it.
die() {
  printf 'gifchat: %s\n' "$@" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Installs what a package.json's lock file names, unless that was done since the lock file last changed.
npm_packages() {
  local folder=$1 installed=$1/node_modules/.package-lock.json
  if [ -e "$installed" ] && [ ! "$folder/package-lock.json" -nt "$installed" ]; then return 0; fi
  say "installing the npm packages of $folder"
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) ||
    die "npm could not install the packages of $folder; its lines above say why"
}
