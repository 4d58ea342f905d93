"""What the commands of an operator are refused for."""


class Refused(Exception):
    """Nothing was done; the message says why, and what helps."""
