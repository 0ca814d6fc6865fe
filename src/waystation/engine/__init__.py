"""Where work runs: here, or on a cluster. The seam is the standard library's ``Executor``."""
