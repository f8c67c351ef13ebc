# Both connectors, each an image of its own; docs/operate.md says how they are built and published:
#   docker build --target source-chatgpt-enterprise --tag source-chatgpt-enterprise:0.1.0 .
#   docker build --target destination-arctera-archive --tag destination-arctera-archive:0.1.0 .
# The two images must fit each other: the same libc and the same major version of Node.js.
ARG BUILD_IMAGE=node:20-bookworm
ARG BASE_IMAGE=node:20-bookworm-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# Compiled against the headers beside this Node.js, not downloaded: a build asks nothing but the npm registry.
RUN npm ci --ignore-scripts --no-audit --no-fund \
 && npm_config_build_from_source=true \
    npm_config_nodedir="$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")" \
    npm rebuild better-sqlite3
COPY . .
RUN node scripts/build.mjs --metafile \
 && node scripts/image-files.mjs \
 && chmod -R u=rwX,go=rX image

FROM ${BASE_IMAGE} AS runtime
USER 0:0
# What installs or builds has no place beside the connectors.
RUN prefix="$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")" \
 && rm -rf "$prefix/lib/node_modules" "$prefix/include/node" /opt/yarn-* \
 && for tool in npm npx corepack yarn yarnpkg; do rm -f "$prefix/bin/$tool"; done \
 && install -d -o 1000 -g 1000 /airbyte
ENV HOME=/airbyte
WORKDIR /airbyte
USER 1000:1000
CMD []

FROM runtime AS source-chatgpt-enterprise
ARG VERSION=0.1.0
LABEL io.airbyte.name=source-chatgpt-enterprise \
      io.airbyte.version=${VERSION} \
      org.opencontainers.image.title="ChatGPT Enterprise source for Airbyte" \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.licenses=Apache-2.0
COPY --from=build /build/image/source-chatgpt-enterprise /app
ENV AIRBYTE_ENTRYPOINT=/app/bin/source-chatgpt-enterprise
ENTRYPOINT ["/app/bin/source-chatgpt-enterprise"]

FROM runtime AS destination-arctera-archive
ARG VERSION=0.1.0
LABEL io.airbyte.name=destination-arctera-archive \
      io.airbyte.version=${VERSION} \
      org.opencontainers.image.title="Arctera archive destination for Airbyte" \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.licenses=Apache-2.0
COPY --from=build /build/image/destination-arctera-archive /app
ENV AIRBYTE_ENTRYPOINT=/app/bin/destination-arctera-archive
ENTRYPOINT ["/app/bin/destination-arctera-archive"]
