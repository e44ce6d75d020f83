"""A polynomial by gradient descent."""
