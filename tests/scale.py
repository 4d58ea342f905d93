"""Says whether the tests that have a full size run at it, as `make reliability` asks."""

import os

FULL = os.environ.get("CONTACTS_TEST_SCALE") == "full"
