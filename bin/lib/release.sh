# shellcheck shell=bash
# The release: the server at $SERVER and the site it serves in target/site.

SERVER=$TARGET/release/gifchat
BUILT_FROM=$TARGET/release/gifchat.built-from

ensure_release() {
  local now
  now=$(sources_checksum)
  if [ -x "$SERVER" ] && [ -d target/site/pkg ] && [ "$(cat "$BUILT_FROM" 2>/dev/null)" = "$now" ]; then return 0; fi
  ensure_tools
  say "building the release: some minutes the first time"
  rm -f "$BUILT_FROM"
  cargo leptos build --release --precompress --cargo-locked || die "the build failed; the lines above say why"
  printf '%s\n' "$now" >"$BUILT_FROM"
}

# Of all that goes into a build, and of where it is: the target folder may be shared by several copies of the project.
sources_checksum() {
  printf '%s %s\n' "$ROOT" "$(
    find chat app frontend server style public Cargo.toml Cargo.lock rust-toolchain.toml bin/tools/package-lock.json \
      -type f -exec cksum {} + |
      LC_ALL=C sort | cksum
  )"
}
