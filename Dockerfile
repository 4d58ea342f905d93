FROM python:3.13-slim

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CONTACTS_DATA_DIR=/data \
    CONTACTS_PORT=8000

# /data holds what must lie outside the database; a volume mounted there takes over its owner.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data contacts \
    && install --directory --owner=contacts --group=contacts --mode=0700 /data

WORKDIR /app
COPY requirements.txt .
RUN pip install --require-hashes --requirement requirements.txt

COPY LICENSE pyproject.toml ./
COPY domain domain
COPY projections projections
COPY api api
RUN pip install --no-deps --no-build-isolation .

USER contacts
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['CONTACTS_PORT']}/health/live\", timeout=3)"]
CMD ["contacts", "serve", "--host", "0.0.0.0"]
