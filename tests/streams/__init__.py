"""Random event streams, dense in trouble, and three named stores made from them."""
