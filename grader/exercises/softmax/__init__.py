"""What the two classifiers of the spiral have in common: a softmax loss, biases, and their training."""
