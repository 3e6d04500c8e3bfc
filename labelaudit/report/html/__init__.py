"""The report as one page of HTML that opens anywhere, without a network."""
