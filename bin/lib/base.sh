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

# What a long command has to do: functions, each followed by words that tell the user what it does.
STEPS=()

# Takes the steps one after the other, and says which one begins and what is left after it.
take_steps() {
  local number step left
  for ((number = 1; number <= ${#STEPS[@]}; number++)); do
    left=
    for step in ${STEPS[@]+"${STEPS[@]:number}"}; do left="$left${left:+, }${step#* }"; done
    say "step $number of ${#STEPS[@]}: ${STEPS[number - 1]#* }${left:+; then $left}"
    "${STEPS[number - 1]%% *}"
  done
}

has_npm_packages() {
  local folder=$1 installed=$1/node_modules/.package-lock.json
  [ -e "$installed" ] && [ ! "$folder/package-lock.json" -nt "$installed" ]
}

# Installs the npm packages of a folder, unless that was done since its lock file last changed.
npm_packages() {
  local folder=$1
  if has_npm_packages "$folder"; then return 0; fi
  say "installing the npm packages of $folder"
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) ||
    die "npm could not install the packages of $folder; its lines above say why"
}
