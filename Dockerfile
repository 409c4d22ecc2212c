# gifchat alone. compose.yaml adds MongoDB, NATS and nginx.
#
# It is built by BuildKit (docker build .). The caches keep tools, crates and compiled dependencies, so that a change of the
# project rebuilds only the project. The first build compiles for a quarter of an hour on two cores.

FROM rust:bookworm AS build
# Node runs wasm-opt and terser. Building aws-lc, which cargo-leptos uses for downloads, needs cmake.
COPY --from=node:22-bookworm-slim /usr/local/ /usr/local/
RUN apt-get update \
    && apt-get install -y --no-install-recommends cmake \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /project
COPY rust-toolchain.toml ./
RUN rustup toolchain install --no-self-update
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/root/.npm \
    --mount=type=cache,target=/root/.cache/gifchat,sharing=locked \
    CARGO_TARGET_DIR=/root/.cache/gifchat/target bin/build /built

FROM debian:bookworm-slim
# For verifying the certificates of a MongoDB or NATS that uses TLS.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /built /gifchat
# Without MONGODB_URI everything is kept here: mount a volume. With MONGODB_URI and COOKIE_SECRET nothing is written here.
RUN install -d -o 10001 -g 10001 /data
USER 10001:10001
ENV HOST=0.0.0.0 PORT=8005 DATA_DIR=/data
EXPOSE 8005
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$PORT && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q '^ok' <&3"]
ENTRYPOINT ["/gifchat/gifchat"]
