FROM node:24-slim AS base
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY client/package.json client/

FROM base AS build
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build:service

FROM base AS runtime-dependencies
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund

# For docker-compose.yml and development only: `docker build --target simulator .`
FROM node:24-slim AS simulator
WORKDIR /app
COPY --from=build /app/dist-dev/simulator.js ./
COPY package.json LICENSE ./
USER 1000:1000
EXPOSE 8091
CMD ["node", "simulator.js"]

FROM node:24-slim
LABEL org.opencontainers.image.title="face-groups" \
      org.opencontainers.image.description="The FinAuth FaceSearch library list as a clean, cached REST resource" \
      org.opencontainers.image.licenses="MIT"
# The C library returns freed memory instead of keeping it per thread: a quarter less with a long list (docs/performance.md).
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /app
COPY --from=runtime-dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json openapi.yaml LICENSE ./
# By number, so that Kubernetes can verify that it is not root.
USER 1000:1000
EXPOSE 3000 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# A smaller heap, and one thread besides the event loop to collect garbage (docs/performance.md).
CMD ["node", "--max-old-space-size=768", "--max-semi-space-size=8", "--v8-pool-size=1", "dist/main.js"]
