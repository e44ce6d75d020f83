import numpy as np


def hinge_loops(weights, images, labels, strength):
    gradient = np.zeros_like(weights)
    loss = 0.0
    for image, label in zip(images, labels):
        scores = image @ weights
        for other in range(weights.shape[1]):
            margin = scores[other] - scores[label] + 1
            if other != label and margin > 0:
                loss += margin
                gradient[:, other] += image
                gradient[:, label] -= image
    loss = loss / len(images) + 0.5 * strength * np.sum(weights**2)
    return loss, gradient / len(images) + strength * weights


def hinge(weights, images, labels, strength):
    rows = np.arange(len(images))
    scores = images @ weights
    margins = np.maximum(0, scores - scores[rows, labels][:, None] + 1)
    margins[rows, labels] = 0
    loss = margins.sum() / len(images) + 0.5 * strength * np.sum(weights**2)
    counts = (margins > 0).astype(float)
    counts[rows, labels] = -counts.sum(axis=1)
    return loss, images.T @ counts / len(images)


def cross_entropy_loops(weights, images, labels, strength):
    gradient = np.zeros_like(weights)
    loss = 0.0
    for image, label in zip(images, labels):
        scores = image @ weights
        exponentials = np.exp(scores - scores.max())
        probabilities = exponentials / exponentials.sum()
        loss -= np.log(probabilities[label])
        probabilities[label] -= 1
        gradient += np.outer(image, probabilities)
    loss = loss / len(images) + 0.5 * strength * np.sum(weights**2)
    return loss, gradient / len(images) + strength * weights


def cross_entropy(weights, images, labels, strength):
    rows = np.arange(len(images))
    scores = images @ weights
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[rows, labels]).mean() + 0.5 * strength * np.sum(weights**2)
    probabilities[rows, labels] -= 1
    return loss, images.T @ probabilities / len(images) + strength * weights
