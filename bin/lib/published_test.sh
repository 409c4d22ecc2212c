# shellcheck shell=bash
# Tests published.sh with a small archive that a server on this machine has. Nothing is compiled: compile_tool only notes its call.

# Runs in a subshell, because it replaces what other functions use.
check_published() (
  folder=$(mktemp -d)
  trap 'kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT
  TOOLS=$folder/tools PUBLISHED=$folder/published.txt
  compile_tool() { printf '%s %s\n' "$1" "$2" >"$folder/compiled"; }
  make_archive
  serve_archive
  right=$(sha256 "$folder/sample.tar.gz")
  wrong=$(printf '%064d' 0)
  failed=0

  expect installed "the right checksum" 1.2.3 "$right" sample.tar.gz
  expect compiled "a wrong checksum" 1.2.3 "$wrong" sample.tar.gz "NOT USED: what came is not the expected archive"
  expect compiled "an archive that is missing" 1.2.3 "$right" missing.tar.gz "it cannot be fetched from here"
  expect compiled "an archive of another version" 1.2.4 "$right" sample.tar.gz "NOT USED: the archive has no sample 1.2.4"
  expect compiled "a server that falls silent" 1.2.3 "$right" silent "it cannot be fetched from here"
  kill "$server"
  expect compiled "a server that is not there" 1.2.3 "$right" sample.tar.gz "it cannot be fetched from here"
  is_list_complete || fail "bin/tools/published.txt has a wrong line, or none of cargo-leptos $CARGO_LEPTOS_VERSION"
  [ "$failed" -eq 0 ]
)

fail() {
  printf 'published.sh: %s\n' "$*"
  failed=$((failed + 1))
}

# Installs `sample` from an archive, and checks what comes of it, what is said, and that nothing else stays behind.
expect() {
  local outcome=$1 case=$2 version=$3 checksum=$4 name=$5 message=${6:-fetching} said start=$SECONDS left
  rm -rf "$TOOLS" "$folder/compiled"
  printf 'sample %s %s %s http://127.0.0.1:%s/%s\n' "$version" "$(uname -sm | tr ' ' -)" "$checksum" "$port" "$name" >"$PUBLISHED"
  said=$(install_tool sample sample-crate "$version" 2>&1) || fail "$case: installing failed"
  [[ $said == *"$message"* ]] || fail "$case: it said only: $said"
  [ $((SECONDS - start)) -le 30 ] || fail "$case: it took $((SECONDS - start)) seconds"
  left=$(find "$TOOLS" -mindepth 1 | LC_ALL=C sort | tr '\n' ' ')
  if [ "$outcome" = installed ]; then
    [ ! -e "$folder/compiled" ] || fail "$case: it was compiled"
    [ "$("$TOOLS/bin/sample" --version)" = "sample $version" ] || fail "$case: it does not run"
    [ "$left" = "$TOOLS/bin $TOOLS/bin/sample " ] || fail "$case: there is more than the command: $left"
  else
    [ "$(cat "$folder/compiled" 2>/dev/null)" = "sample-crate $version" ] || fail "$case: it was not compiled"
    [ "$left" = "$TOOLS/bin " ] || fail "$case: something stayed behind: $left"
  fi
}

make_archive() {
  mkdir "$folder/sample-system"
  printf '#!/bin/sh\necho sample 1.2.3\n' >"$folder/sample-system/sample"
  chmod +x "$folder/sample-system/sample"
  tar -czf "$folder/sample.tar.gz" -C "$folder" sample-system
}

# Serves the archive, sends the first bytes only of /silent, and has nothing else. The port is written to a file.
serve_archive() {
  # shellcheck disable=SC2016 # these are variables of JavaScript
  node -e '
    const fs = require("fs");
    const archive = fs.readFileSync(`${process.argv[1]}/sample.tar.gz`);
    const server = require("http").createServer(({ url }, answer) => {
      if (url === "/silent") answer.writeHead(200, { "content-length": archive.length }).write(archive.subarray(0, 10));
      else if (url === "/sample.tar.gz") answer.end(archive);
      else answer.writeHead(404).end();
    });
    server.listen(0, "127.0.0.1", () => {
      fs.writeFileSync(`${process.argv[1]}/port.new`, `${server.address().port}`);
      fs.renameSync(`${process.argv[1]}/port.new`, `${process.argv[1]}/port`);
    });
  ' "$folder" &
  server=$!
  until [ -e "$folder/port" ]; do
    kill -0 "$server" || return 1
    sleep 0.05
  done
  port=$(cat "$folder/port")
}

# Each line has a checksum and an address, and a new version of cargo-leptos has not been forgotten here.
is_list_complete() {
  awk -v version="$CARGO_LEPTOS_VERSION" '
    /^#/ { next }
    NF != 5 || $4 !~ /^[0-9a-f]+$/ || length($4) != 64 || $5 !~ /^https:/ { wrong = 1 }
    $1 == "cargo-leptos" && $2 == version { found = 1 }
    END { exit wrong || !found }
  ' bin/tools/published.txt
}
