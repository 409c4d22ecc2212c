# shellcheck shell=bash
# What every command in bin needs: the project's folder, messages to the user, and a clean exit.

CALLED_FROM=$PWD
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT" || exit 1

# The folder that cargo builds into. It is an absolute path, since commands change folders.
TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
case $TARGET in /*) ;; *) TARGET=$CALLED_FROM/$TARGET ;; esac
export CARGO_TARGET_DIR=$TARGET

say() { printf 'gifchat: %s\n' "$*"; }

# Ends the command with messages, each of which says what is missing and how to get it.
die() {
  printf 'gifchat: %s\n' "$@" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Installs the npm packages of a folder, unless that was done since its lock file last changed.
npm_packages() {
  local folder=$1 installed=$1/node_modules/.package-lock.json
  if [ -e "$installed" ] && [ ! "$folder/package-lock.json" -nt "$installed" ]; then return 0; fi
  say "installing the npm packages of $folder"
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) ||
    die "npm could not install the packages of $folder; its lines above say why"
}
