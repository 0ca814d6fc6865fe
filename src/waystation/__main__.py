"""``python -m waystation``, for environments where the script is not on the path."""

from __future__ import annotations

import sys

from waystation.cli import main

sys.exit(main())
