"""Training: backpropagation, optimizers, learning-rate schedules, dropout and the training loop."""
