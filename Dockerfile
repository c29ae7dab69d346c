FROM python:3.11-slim
WORKDIR /mergeability
COPY . .
RUN pip install --require-hashes --requirement requirements.lock \
    && pip install --no-deps --no-build-isolation .
ENTRYPOINT ["snakemake"]
