"""The linear SVM and the softmax classifier."""
