# docker build -f deploy/Dockerfile -t haprobe .
FROM node:26-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json vite.config.ts vite.worker.config.ts ./
COPY server server
COPY web web
RUN npm run build

# The stand-in API servers of docker-compose.yml; the last stage is haprobe.
FROM build AS stand-in
COPY demo demo
USER node
ENTRYPOINT ["node", "demo/stand-in/main.ts"]

FROM node:26-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:26-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /src/dist dist
COPY bin bin
COPY package.json LICENSE ./
# What outlives a restart; the image has the folder, so that a fresh volume belongs to node.
ENV STATE_DIRECTORY=/var/lib/haprobe
RUN install -d -o node -g node -m 700 /var/lib/haprobe
VOLUME /var/lib/haprobe
# Group 1000 may read the stats socket of deploy/haproxy.cfg.
USER node
EXPOSE 8405
ENTRYPOINT ["node", "bin/haprobe.js"]
CMD ["serve"]
