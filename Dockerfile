# syntax=docker/dockerfile:1
# Builder and runtime are of one Debian release, because the binary uses the runtime's C library.
ARG RUST_VERSION=1.95

FROM docker.io/library/rust:${RUST_VERSION}-slim-bookworm AS build
WORKDIR /src
ENV RUSTFLAGS="--remap-path-prefix=/usr/local/cargo/registry/src=cargo --remap-path-prefix=/src=pressdesk"
COPY Cargo.toml Cargo.lock ./
COPY config/pressdesk.toml config/
COPY src src
# The dependencies stay built in the cache. Cargo goes by modification times, and those of a checkout may lie before the
# last build, so they are set anew.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    find src config -type f -exec touch {} + \
    && cargo build --locked --profile dist --bin pressdesk \
    && cp target/dist/pressdesk /usr/local/bin/pressdesk

# The C library and nothing to log in with: no shell, no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="pressdesk" \
      org.opencontainers.image.description="Answers questions with the passages of press releases, word for word" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The paths in config/pressdesk.toml are seen from here.
WORKDIR /opt/pressdesk
COPY --from=build /usr/local/bin/pressdesk /usr/local/bin/pressdesk
COPY LICENSE-MIT LICENSE-APACHE ./
COPY config config
COPY corpus corpus
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/pressdesk"]
CMD ["serve"]
