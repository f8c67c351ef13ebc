#!/bin/sh
# Runs the connectors under Airbyte's own Python software, in virtual environments of this folder's own.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' 2>/dev/null; then
  echo "npm run test:pyairbyte needs Python 3.10, 3.11 or 3.12 as python3, or named by PYTHON: nothing was tested." >&2
  exit 1
fi

# make_environment FOLDER REQUIREMENTS: installs anew only when the requirements have changed.
make_environment() {
  if cmp -s "$2" "$1/installed.txt"; then return; fi
  rm -rf "$1"
  "$python" -m venv "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check -r "$2"
  cp "$2" "$1/installed.txt"
}

tests=test/orchestrators
cache=$PWD/node_modules/.cache
make_environment "$cache/pyairbyte" "$tests/requirements.txt"
make_environment "$cache/second-opinions" "$tests/requirements-second-opinions.txt"
make_environment "$cache/public-api" "$tests/requirements-public-api.txt"
export SECOND_OPINIONS="$cache/second-opinions/bin" PUBLIC_API="$cache/public-api/bin"
export PYTHONDONTWRITEBYTECODE=1
exec "$cache/pyairbyte/bin/python" -m pytest "$tests" -p no:cacheprovider -m 'not image_tests' -q "$@"
