#!/usr/bin/env bash
# Gradescope runs this for every submission, from a copy beside submission/, results/ and source/.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# One thread: half a processor has no use for more, and each one takes memory.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 GRADER_CACHE="$root/source/cache"
exec "$root/venv/bin/grader" gradescope run --root "$root"
