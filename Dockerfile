# The exact version, so that a build of today and one of next month run the same Node.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No package needs its install script here: bcrypt and libsql bring their binaries. The workspaces are clients, which the shop
# does not need.
RUN npm ci --ignore-scripts --workspaces=false
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
COPY tests tests
RUN npm run build

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --workspaces=false

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# All but data/ belongs to root: the shop can not change its own code.
RUN mkdir -m 700 data && chown 1000:1000 data
COPY package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY migrations migrations
# Without dist/tests, the contract suites, which need mocha.
COPY --from=build /app/dist/src dist/src
# The image's user `node`, by number: Kubernetes' runAsNonRoot can not judge a name.
USER 1000:1000
VOLUME /app/data
EXPOSE 3000
# Liveness, not readiness: what acts on this (Swarm, for one) replaces the container, which mends no database.
HEALTHCHECK --interval=30s --timeout=3s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.OPERATIONS_PORT || process.env.PORT || 3000}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself, so that SIGTERM reaches it: npm and a shell would not pass it on.
CMD ["node", "dist/src/main/server.js"]
