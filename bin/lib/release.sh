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
  printf '%s\n' "$from" >"$BUILT_FROM"
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
    find chat app frontend server style public Cargo.toml Cargo.lock rust-toolchain.toml bin/tools/package-lock.json bin/tools/path \
      -type f -exec cksum {} + |
      LC_ALL=C sort | cksum
  )"
}
