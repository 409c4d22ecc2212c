# shellcheck shell=bash
# Installs tools that their makers publish compiled. bin/tools/published.txt names the archives and their checksums.

PUBLISHED=bin/tools/published.txt

# Installs the published command of a version. When that cannot be done it says why, leaves nothing behind, and fails.
install_published() {
  local command=$1 version=$2 checksum address folder
  read -r checksum address < <(published "$command" "$version") || return 1
  mkdir -p "$TOOLS/bin"
  folder=$(mktemp -d "$TOOLS/published.XXXXXX")
  # The subshell removes the folder even when Ctrl-C ends it.
  (
    trap 'rm -rf "$folder"' EXIT
    fetch_archive "$address" "$checksum" "$folder/archive" && unpack_command "$folder" "$command" "$version"
  )
}

# Prints the checksum and the address of a command's archive for this system, or nothing.
published() {
  awk -v wanted="$1 $2 $(uname -sm | tr ' ' -)" '$1 " " $2 " " $3 == wanted { print $4, $5 }' "$PUBLISHED"
}

fetch_archive() {
  local address=$1 checksum=$2 archive=$3 actual
  say "fetching $address"
  if ! download "$address" "$archive"; then
    say "it cannot be fetched from here"
    return 1
  fi
  actual=$(sha256 "$archive")
  if [ "$actual" != "$checksum" ]; then
    say "NOT USED: what came is not the expected archive. Its SHA-256 is $actual, and bin/tools/published.txt says $checksum"
    return 1
  fi
}

# Without these limits, a network that swallows packets would hold up the first run for minutes or for ever.
download() {
  local address=$1 file=$2 progress=(--silent --show-error)
  if [ -t 2 ]; then progress=(--progress-bar); fi
  if have curl; then
    curl "${progress[@]}" --fail --location --connect-timeout 5 --speed-limit 10000 --speed-time 10 --output "$file" "$address"
  elif have wget; then
    wget --no-verbose --tries=1 --timeout=10 --output-document="$file" "$address"
  else
    say "neither curl nor wget is installed"
    return 1
  fi
}

# Node is needed anyway, and every system has another command for this.
sha256() { node -p 'require("crypto").createHash("sha256").update(require("fs").readFileSync(process.argv[1])).digest("hex")' "$1"; }

# Moves the command out of its archive, in which it has a folder, to the other tools, if it runs here.
unpack_command() {
  local folder=$1 command=$2 version=$3
  if tar -xzf "$folder/archive" -C "$folder" && [ "$("$folder"/*/"$command" --version)" = "$command $version" ]; then
    mv "$folder"/*/"$command" "$TOOLS/bin/$command"
  else
    say "NOT USED: the archive has no $command $version that runs here"
    return 1
  fi
}
