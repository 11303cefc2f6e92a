"""Golden rows: chosen at fit, carried by every artefact, replayed in every runtime."""
