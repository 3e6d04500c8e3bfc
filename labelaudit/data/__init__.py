"""Read what users have, know what each column is, and write it back without loss."""
