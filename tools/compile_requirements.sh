#!/usr/bin/env bash
# Compiles the pins in requirements/ with uv; its arguments are passed on (--upgrade).
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
  uv pip compile --quiet --python-version 3.11 --no-header "$@"
}

compile --extra all --group dev pyproject.toml -o requirements/dev.txt "$@"
compile --extra all --group bench pyproject.toml -o requirements/bench.txt "$@"
compile --group docs -o requirements/docs.txt "$@"
compile requirements/bench-tfdv.in -o requirements/bench-tfdv.txt "$@"
compile requirements/bench-deepchecks.in -o requirements/bench-deepchecks.txt "$@"
compile requirements/bench-labels.in -o requirements/bench-labels.txt "$@"
# Without what torch's wheels for graphics cards need: those for processors alone serve the tests.
compile --no-annotate requirements/models.in -o requirements/models.txt "$@"
sed -i -E '/^(nvidia-|cuda-|triton==)/d' requirements/models.txt
compile --no-annotate requirements/pipelines.in -o requirements/pipelines.txt "$@"
compile --extra excel --extra onnx --extra sklearn --extra sql pyproject.toml requirements/matrix.in \
  -o requirements/matrix-newest.txt "$@"
compile --resolution lowest-direct --extra excel --extra onnx --extra sklearn --extra sql pyproject.toml \
  requirements/matrix.in -o requirements/matrix-oldest.txt "$@"
