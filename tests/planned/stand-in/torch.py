"""As much of torch as examples/pytorch needs, where torch is not installed."""

import pickle
import time


class Tensor:
    def __sub__(self, other):
        return self

    def __pow__(self, power):
        return self

    def sum(self, axis, keepdim):
        return self

    def mean(self):
        return self

    def backward(self):
        time.sleep(0.002)


class State:
    def __init__(self, *arguments, **options):
        self.state = {"weight": 1.0}

    def state_dict(self):
        return self.state

    def load_state_dict(self, state):
        self.state = state

    def __call__(self, x):
        return x

    def parameters(self):
        return []

    def zero_grad(self):
        pass

    def step(self):
        self.state["weight"] *= 0.999


class nn:
    Linear = State


class optim:
    SGD = State


def randn(*shape):
    return Tensor()


def manual_seed(seed):
    pass


def save(what, path):
    with open(path, "wb") as file:
        pickle.dump(what, file)


def load(path):
    with open(path, "rb") as file:
        return pickle.load(file)
