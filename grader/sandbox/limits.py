"""What one worker may use."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["MOST_FILES", "Limits"]

#: Files and folders, processes and threads, of one worker.
MOST_FILES, MOST_TASKS = 2000, 64


@dataclass(frozen=True)
class Limits:
    """What one worker may use. `memory_mb` comes on top of what the warm process holds itself.

    All workers of a submission together may take `calls_s` of the clock for what they are asked, and
    `trainings_s` for the trainings among it, which have limits of their own. `mends_s` is what all workers
    may take in which a mend is sought.
    """

    memory_mb: int = 1024
    cpu_s: float = 60
    call_s: float = 10
    total_s: float = 120
    calls_s: float = 60
    trainings_s: float = 600
    mends_s: float = 50
    file_mb: int = 16
    output_bytes: int = 65536

    @property
    def files_mb(self) -> int:
        """For all files together; a single one may have `file_mb`."""
        return 4 * self.file_mb

    @property
    def tmpfs(self) -> str:
        """Mount options of a worker's own /tmp."""
        return f"size={self.files_mb}m,nr_inodes={MOST_FILES},mode=700"

    def resources(self, address_space: int, tasks: int) -> dict[str, int]:
        """The rlimits, by name.

        Args:
            address_space: bytes that the warm process itself occupies.
            tasks: processes and threads that its user has already.
        """
        return {
            "AS": address_space + (self.memory_mb << 20),
            "CPU": math.ceil(self.cpu_s),
            "FSIZE": self.file_mb << 20,
            "NPROC": tasks + MOST_TASKS,
            "NOFILE": 64,
            "CORE": 0,
            "MEMLOCK": 0,
            "MSGQUEUE": 0,
        }
