"""Double opt-in: asking a contact by mail, and the page on which it agrees."""
