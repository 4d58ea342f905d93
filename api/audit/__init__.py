"""Proof that nothing was changed or removed: checkpoints, exports, and what checks them."""
