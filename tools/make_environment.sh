#!/usr/bin/env bash
# Makes a virtual environment from pinned requirements, and puts this project into it if a fourth
# argument names it: make_environment.sh PYTHON DIRECTORY REQUIREMENTS [PROJECT]
set -euo pipefail

python=$1 directory=$2 requirements=$3 project=${4:-}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "datacheck needs Python 3.11 or newer; '$python' is not. Set PYTHON=..." >&2
  exit 1
fi

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1
pip=("$directory/bin/python" -m pip install -qq --retries 8)

echo "making $directory from $requirements (the first time takes some minutes)"
[ -x "$directory/bin/python" ] || "$python" -m venv "$directory"
"${pip[@]}" --requirement "$requirements"
if [ -n "$project" ]; then
  # Its build requirements are pinned with the others, so the build needs no second download.
  "${pip[@]}" --no-deps --no-build-isolation --editable "$project"
fi
touch "$directory/.ready"
