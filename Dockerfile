# The lab as a container: CPU build of torch, a user without rights, nothing written outside /data and /tmp.
#   docker build -t long-tail-lab .
#   docker run --rm -p 8501:8501 -v lab-data:/data long-tail-lab
FROM python:3.12-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin lab \
    && mkdir /data \
    && chown lab /data

WORKDIR /app
COPY requirements.txt ./
RUN pip install --extra-index-url https://download.pytorch.org/whl/cpu -r requirements.txt

COPY .streamlit ./.streamlit
COPY data ./data
COPY dbl_core ./dbl_core
COPY pages ./pages
COPY app.py ./
# The user may not keep what Python compiles, so every start would do it again.
RUN python -m compileall -q dbl_core pages

# A container is reached from outside, so it is public unless told otherwise: docker run -e DBL_MODE=local ...
ENV DBL_MODE=public \
    DBL_DATA_DIR=/data/sets \
    DBL_CACHE_DIR=/data/cache \
    DBL_RUNS_DIR=/data/runs \
    TORCH_HOME=/data/torch \
    HOME=/tmp \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501 \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_SERVER_FILE_WATCHER_TYPE=none \
    STREAMLIT_SERVER_MAX_UPLOAD_SIZE=8 \
    STREAMLIT_SERVER_MAX_MESSAGE_SIZE=32

USER 10001
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "app.py"]
