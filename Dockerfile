# One image for all services; docker-compose.yml gives each its command.
FROM node:20-bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 make g++ ca-certificates \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY . .
RUN npm ci --include=dev --no-audit --no-fund \
 && npm run build \
 && npm prune --omit=dev --no-audit --no-fund

FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    CONCLAVE_DATA=/data \
    PATH=/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /app
COPY --from=build /app /app
# A named volume takes owner and mode from the directory it is first mounted on.
RUN install -d -o node -g node -m 0700 /data /data/secrets /data/focus
USER node
EXPOSE 8080/tcp 5222/tcp 10000/udp
CMD ["conclave", "start"]
