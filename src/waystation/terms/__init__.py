"""What the words mean: tables, units, geodesy, addresses, identifiers, errors. Imports nothing of ours."""
