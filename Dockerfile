# Two images: `service` answers requests; `pipeline` trains, and holds the Prefect server.

ARG VERSION=0.1.0
ARG REVISION=unknown

FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv --without-pip /venv
COPY pyproject.toml constraints.txt ./
# The requirements without the code: a change of the code does not install them again.
RUN python -c "import tomllib; \
project = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
[print(*project['dependencies'], *project['optional-dependencies'][extra], sep='\n', file=open(extra, 'w')) \
for extra in ('service', 'pipeline')]"

FROM python:3.13-slim AS base
# A new volume takes over the owner of the folder that it is mounted on.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin numeral \
 && install --directory --owner numeral /app/var/registry /app/var/data /app/var/prefect
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY model model
COPY report report
USER numeral


FROM build AS build-service
RUN pip --python /venv/bin/python install --no-cache-dir --constraint constraints.txt --requirement service
# The command that SageMaker starts a container with.
RUN printf '#!/bin/sh\nexec python -m service\n' > /venv/bin/serve && chmod +x /venv/bin/serve

FROM base AS service
COPY --from=build-service /venv /venv
COPY service service
# The container's own loopback cannot be reached from outside it.
ENV NUMERAL_HOST=0.0.0.0
EXPOSE 8000
ARG VERSION REVISION
LABEL org.opencontainers.image.title="Numeral's service" \
      org.opencontainers.image.licenses=MIT \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$REVISION
CMD ["python", "-m", "service"]


FROM build AS build-pipeline
RUN pip --python /venv/bin/python install --no-cache-dir --constraint constraints.txt --requirement pipeline

FROM base AS pipeline
COPY --from=build-pipeline /venv /venv
COPY pipeline pipeline
ENV DO_NOT_TRACK=1 PREFECT_SERVER_ANALYTICS_ENABLED=false PREFECT_HOME=/app/var/prefect
ARG VERSION REVISION
LABEL org.opencontainers.image.title="Numeral's pipeline" \
      org.opencontainers.image.licenses=MIT \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$REVISION
CMD ["python", "-m", "pipeline", "schedule", "--train-when-empty"]
