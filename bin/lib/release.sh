# shellcheck shell=bash
# Builds the release: the server at $SERVER, and the site that it serves in target/site.

SERVER=$TARGET/release/gifchat
BUILT_FROM=$TARGET/release/gifchat.built-from

ensure_release() {
  is_built && return 0
  ensure_tools
  lock_build
  # Another command may have built the same sources while this one waited.
  is_built || build_release
  exec 9>&-
}

is_built() {
  [ -x "$SERVER" ] && [ -d target/site/pkg ] && [ "$(cat "$BUILT_FROM" 2>/dev/null)" = "$(sources_checksum)" ]
}

build_release() {
  local from
  from=$(sources_checksum)
  say "building the release: some minutes the first time"
  rm -f "$BUILT_FROM"
  RUST_BACKTRACE=0 cargo leptos build --release --precompress --cargo-locked ||
    die "the build failed; the lines above say why"
  local entry
  for entry in outside room judge panel maker; do build_entry "$entry"; done
  printf '%s\n' "$from" >"$BUILT_FROM"
}

# Builds a WASM for some pages only, which the feature of this name selects, and puts it beside the WASM for all pages. The server
# sends a page its own WASM once the list of hashes names it.
build_entry() {
  local entry=$1 site=target/site-$1
  rm -rf "$site"
  RUST_BACKTRACE=0 LEPTOS_OUTPUT_NAME=$entry LEPTOS_SITE_ROOT=$site LEPTOS_HASH_FILE_NAME=$entry.txt \
    cargo leptos build --frontend-only --lib-features "$entry" --release --precompress --cargo-locked ||
    die "the WASM for '$entry' could not be built; the lines above say why"
  cp "$site/pkg/$entry".*.js* "$site/pkg/$entry".*.wasm* target/site/pkg/
  grep -E '^(js|wasm):' "$TARGET/release/$entry.txt" | sed "s/^/$entry./" >>"$TARGET/release/hash.txt"
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
    find chat app frontend server style public Cargo.toml Cargo.lock rust-toolchain.toml bin/tools/package-lock.json bin/tools/path bin/tools/wasm.js bin/lib/release.sh \
      -type f -exec cksum {} + |
      LC_ALL=C sort | cksum
  )"
}
