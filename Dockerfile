# syntax=docker/dockerfile:1

# The toolchain of rust-toolchain.toml, on the Debian release of the last stage.
FROM rust:1.95.0-slim-trixie AS toolchain
WORKDIR /build
RUN cargo install cargo-chef --version 0.1.78 --locked

# The recipe of the dependencies changes only when a manifest does.
FROM toolchain AS plan
COPY . .
RUN cargo chef prepare --bin tasklane --recipe-path recipe.json

FROM toolchain AS build
COPY --from=plan /build/recipe.json .
# The dependencies are a separate layer, so a change of Tasklane does not rebuild them.
RUN cargo chef cook --release --locked --package tasklane --bin tasklane --recipe-path recipe.json
COPY . .
RUN cargo build --release --locked --package tasklane --bin tasklane \
    && mkdir /data

# The C library and the certificates of public authorities, without a shell.
FROM gcr.io/distroless/cc-debian13:nonroot
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="Tasklane" \
      org.opencontainers.image.description="A task-management service: one HTTP API, on SQLite or PostgreSQL" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="gcr.io/distroless/cc-debian13:nonroot"
COPY --from=build /build/target/release/tasklane /usr/local/bin/tasklane
# A volume created from it belongs to the user, too.
COPY --from=build --chown=65532:65532 /data /data
# By number, so that Kubernetes can see that it is not root.
USER 65532:65532
# The environment and a settings file can override these.
ENV TASKLANE__PROFILE=production \
    TASKLANE__SERVER__ADDRESS=0.0.0.0:8080 \
    DATABASE_URL=sqlite:/data/tasklane.db
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["/usr/local/bin/tasklane", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/tasklane"]
CMD ["serve"]
