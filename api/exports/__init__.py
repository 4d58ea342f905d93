"""Lists that go out as files."""
