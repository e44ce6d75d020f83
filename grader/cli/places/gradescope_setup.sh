#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image; it is the only step that needs the network.
set -euo pipefail
source="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
venv="$(dirname "$source")/venv"

suits() { "$1" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; }

found() {
    local python
    for python in "${PYTHON:-}" python3.12 python3.13 python3.11 python3; do
        if [ -n "$python" ] && suits "$python"; then
            echo "$python"
            return
        fi
    done
}

python="$(found)"
if [ -z "$python" ]; then # Ubuntu 24.04 has 3.12, Ubuntu 22.04 has 3.11
    apt-get update
    apt-get install -y python3.12-venv || apt-get install -y python3.11-venv
    python="$(found)"
fi
"$python" -m venv "$venv"
"$venv/bin/pip" install --disable-pip-version-check --no-cache-dir "$source"/*.whl
GRADER_CACHE="$source/cache" "$venv/bin/grader" gradescope ready --source "$source"
