"""The change feed: all events of a company in order, for programs that keep up with them."""
