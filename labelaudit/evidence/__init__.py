"""What models have to say about every row, computed once."""
