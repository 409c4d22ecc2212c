# shellcheck shell=bash
# Builds the release: the server at $SERVER, and the site that it serves in target/site.

SERVER=$TARGET/release/gifchat
BUILT_FROM=$TARGET/release/gifchat.built-from
SERVER_LOG=$TARGET/release/gifchat.log
ENTRIES=(lobby door room judge panel maker)

ensure_release() {
  is_built && return 0
  ensure_basics
  lock_build
  # Another command may have built the same sources while this one waited.
  if ! is_built; then
    plan_tools
    STEPS+=("build_release the release")
    take_steps
  fi
  exec 9>&-
}

is_built() {
  [ -x "$SERVER" ] && [ -d target/site/pkg ] && [ "$(cat "$BUILT_FROM" 2>/dev/null)" = "$(sources_checksum)" ]
}

# The server and the WASM are built side by side, since each has parts that one core has to do alone.
build_release() {
  local from
  from=$(sources_checksum)
  rm -f "$BUILT_FROM"
  mkdir -p "$TARGET/release"
  # The subshell stops the server's build when that of the WASM fails or Ctrl-C ends both. Otherwise it would go on unseen.
  (
    trap 'kill "$server" 2>/dev/null || true' EXIT
    build_server >"$SERVER_LOG" 2>&1 &
    server=$!
    build_wasm
    if kill -0 "$server" 2>/dev/null; then say "the server is still being built: $(tail -n 1 "$SERVER_LOG" | sed 's/^ *//')"; fi
    wait "$server" || {
      cat "$SERVER_LOG" >&2
      die "the server could not be built; the lines above say why"
    }
  ) || exit 1
  printf '%s\n' "$from" >"$BUILT_FROM"
}

# With exec, the process that is stopped is cargo-leptos, which stops cargo. The script that is in each page is minified, without
# syntax that old browsers lack (app/build.rs takes it).
build_server() {
  local boot=$TARGET/release/boot.js
  terser app/src/boot.js --ecma 5 --compress passes=2 --mangle --output "$boot" || die "boot.js could not be minified; the lines above say why"
  RUST_BACKTRACE=0 GIFCHAT_BOOT=$boot exec cargo leptos build --server-only --release --cargo-locked
}

# Builds the WASM for all pages with the rest of the site, and then those for some pages only.
build_wasm() {
  local entry number=1
  say "WASM 1 of $((${#ENTRIES[@]} + 1)): the one for all pages, with everything it depends on"
  RUST_BACKTRACE=0 cargo leptos build --frontend-only --release --precompress --cargo-locked ||
    die "the WASM could not be built; the lines above say why"
  for entry in "${ENTRIES[@]}"; do
    number=$((number + 1))
    say "WASM $number of $((${#ENTRIES[@]} + 1)): $entry"
    build_entry "$entry"
  done
}

# Builds a WASM for some pages only, which the feature of this name selects, and puts it beside the WASM for all pages. The server
# sends a page its own WASM once the list of hashes names it. The files of public are left out, since the site has them already.
build_entry() {
  local entry=$1 site=target/site-$1
  compile_entry "$entry"
  cp "$site/pkg/$entry".*.js* "$site/pkg/$entry".*.wasm* target/site/pkg/ &&
    { grep -E '^(js|wasm):' "$TARGET/release/$entry.txt" && deferred_hash "$site/pkg/$entry.deferred"; } |
    sed "s/^/$entry./" >>"$TARGET/release/hash.txt" && add_style "$entry" ||
    die "the WASM for '$entry' could not be added to the site"
}

# The style sheet that is compiled beside an entry: what its pages look like at first. The judge has no pages; beside it is compiled
# what all pages need later.
style_of() {
  case $1 in
    lobby | door | room) echo "$1" ;;
    judge) echo later ;;
  esac
}

# Puts the style sheet of an entry into the site, if it has one.
add_style() {
  local entry=$1 style hash file
  style=$(style_of "$entry")
  [ -n "$style" ] || return 0
  hash=$(sed -n 's/^css: //p' "$TARGET/release/$entry.txt")
  for file in "target/site-$entry/pkg/$entry.$hash.css"*; do
    cp "$file" "target/site/pkg/$style.$hash.css${file#*.css}" || return 1
  done
  printf '%s.css: %s\n' "$style" "$hash" >>"$TARGET/release/hash.txt"
}

# Builds a WASM for some pages only, in a folder of its own.
compile_entry() {
  local entry=$1 site=target/site-$1 style
  style=$(style_of "$entry")
  rm -rf "$site"
  mkdir -p target/no-assets
  RUST_BACKTRACE=0 GIFCHAT_LINKED=$TARGET/front/wasm32-unknown-unknown/wasm-release/frontend.wasm \
    LEPTOS_STYLE_FILE=style/${style:+entries/}${style:-main}.css LEPTOS_OUTPUT_NAME=$entry LEPTOS_SITE_ROOT=$site LEPTOS_HASH_FILE_NAME=$entry.txt LEPTOS_ASSETS_DIR=target/no-assets \
    cargo leptos build --frontend-only --lib-features "$entry" --release --precompress --cargo-locked ||
    die "the WASM for '$entry' could not be built; the lines above say why"
}

# The line for a deferred WASM (bin/tools/path/wasm-opt), if there is one. cargo-leptos puts hashes into the names of all files, but
# lists only the others.
deferred_hash() {
  local file
  for file in "$1".*.wasm; do
    if [ -f "$file" ]; then basename "$file" .wasm | sed 's/.*[.]/deferred.wasm: /'; fi
  done
}

# Two builds at the same time would overwrite each other's site. The build inherits the lock, in case it outlives this command.
lock_build() {
  mkdir -p "$TARGET"
  exec 9>"$TARGET/gifchat.building"
  if ! have flock || flock --nonblock 9; then return 0; fi
  say "waiting for another build to end"
  flock 9
}

# The checksum covers every file that goes into a build, and the folder it is built in, because several copies of the project may
# share one target folder.
sources_checksum() {
  printf '%s %s\n' "$ROOT" "$(
    find chat app frontend server style public Cargo.toml Cargo.lock rust-toolchain.toml bin/tools/package-lock.json bin/tools/path bin/tools/*.js bin/lib/release.sh \
      -name node_modules -prune -o -type f -exec cksum {} + |
      LC_ALL=C sort | cksum
  )"
}
