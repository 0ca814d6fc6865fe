"""What is already known: airfields, runways, aircraft, types, address blocks. Reads its own data only."""
