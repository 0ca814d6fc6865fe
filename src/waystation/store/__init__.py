"""Where tables rest: the archive of positions, the tables of a run, and the way in from any INPUT."""
