FROM python:3.11-slim AS build
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/engine --create-home engine
COPY --from=build /opt/venv /opt/venv
WORKDIR /opt/engine
COPY engine engine
COPY mappings mappings
RUN /opt/venv/bin/python -m compileall -q engine
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONPATH=/opt/engine \
    ENGINE_HOME=/var/lib/engine
USER engine
EXPOSE 2575 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9464/health/live', timeout=4)"]
ENTRYPOINT ["python", "-m", "engine"]
CMD ["run"]
