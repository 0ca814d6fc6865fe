"""The ledger of what is not a flight; provenance."""
