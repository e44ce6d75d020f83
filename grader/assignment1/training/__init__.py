"""Training and prediction of whichever class the student wrote."""
