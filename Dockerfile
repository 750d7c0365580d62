# docker build -t haprobe .
# docker buildx build --platform linux/amd64,linux/arm64 -t haprobe .   (nothing of the other platform is executed)

# Built on the building machine: JavaScript is the same on every platform. It holds the packages that it uses.
FROM --platform=$BUILDPLATFORM node:26.10.0-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json vite.config.ts vite.server.config.ts ./
COPY server server
COPY web web
COPY scripts scripts
RUN npm run build

# The demo's servers, clients and receiver in docker-compose.yml; the last stage is haprobe.
FROM build AS demo
COPY demo demo
RUN printf '#!/bin/sh\nexec node /src/demo/containers/main.ts "$@"\n' >/usr/local/bin/demo && chmod 755 /usr/local/bin/demo \
 && install -d -o 10001 -g 10001 -m 755 /credentials \
 && install -d -o 10001 -g 10001 -m 700 /run/demo
USER 10001:10001
ENTRYPOINT ["demo"]

# What Node.js needs of the slim image and no more: with its shell and npm the image would be half as large again.
FROM node:26.10.0-slim AS runtime
FROM --platform=$BUILDPLATFORM node:26.10.0-slim AS root
COPY --from=runtime / /runtime
WORKDIR /root-fs
RUN install -d -m 755 etc usr/bin usr/lib usr/local/bin app var/lib \
 && install -d -m 1777 tmp \
 && install -d -o 10001 -g 10001 -m 700 var/lib/haprobe \
 && cp /runtime/usr/local/bin/node usr/local/bin/ \
 && cp /runtime/usr/bin/env usr/bin/ \
 && find /runtime/usr/local -maxdepth 1 -name LICENSE -exec cp {} app/LICENSE.node \; \
 && for library in ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 libatomic.so.1 libc.so.6 libdl.so.2 libgcc_s.so.1 libm.so.6 libpthread.so.0 libstdc++.so.6; do \
      find /runtime/usr/lib /runtime/lib -name "$library" -exec cp -L {} usr/lib/ \; -quit; \
    done \
 && ln -s usr/lib lib && ln -s usr/lib lib64 \
 && ln -s /app/bin/haprobe.js usr/local/bin/haprobe \
 && echo 'haprobe:x:10001:10001::/var/lib/haprobe:/nonexistent' >etc/passwd \
 && echo 'haprobe:x:10001:' >etc/group \
 && echo 'hosts: files dns' >etc/nsswitch.conf

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="haprobe" \
      org.opencontainers.image.description="A second opinion on HAProxy's health checks" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/node:26.10.0-slim"
COPY --from=root /root-fs /
# Owned by the user, so that a fresh volume is as well.
COPY --from=root --chown=10001:10001 /root-fs/var/lib/haprobe /var/lib/haprobe
WORKDIR /app
COPY --from=build /src/dist dist
COPY bin bin
COPY package.json LICENSE ./
ENV NODE_ENV=production PATH=/usr/local/bin:/usr/bin STATE_DIRECTORY=/var/lib/haprobe
VOLUME /var/lib/haprobe
USER 10001:10001
EXPOSE 8405
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["haprobe", "health", "--url", "http://127.0.0.1:8405"]
ENTRYPOINT ["haprobe"]
CMD ["serve"]
