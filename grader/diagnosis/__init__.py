"""From failed checks to mistakes: the catalogue, simulation, search, attribution, and lines in the source."""
