"""What becomes of rebuilds: the journal that operators read, and servers that notice a switch."""
