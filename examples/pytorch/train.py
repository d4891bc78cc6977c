"""Trains in the clean hours: saves inside an epoch before each pause, and goes
on from there, even after a reboot.

    wattcast run --zone DE --history de.csv --green 6h --deadline 24h \\
        --checkpoint -- python train.py
"""

import os
import time

import torch

CONTROL = os.environ.get("WATTCAST_CONTROL")  # set by --checkpoint
EPOCHS, BATCHES = (int(os.environ.get(name, 100)) for name in ("EPOCHS", "BATCHES"))


def word():
    return open(CONTROL).read().strip() if CONTROL else "run"


model = torch.nn.Linear(16, 1)
optimiser = torch.optim.SGD(model.parameters(), lr=0.01)
done = 0  # batches, over all epochs
if os.path.exists("checkpoint.pt"):
    saved = torch.load("checkpoint.pt")
    model.load_state_dict(saved["model"])
    optimiser.load_state_dict(saved["optimiser"])
    done = saved["done"]

while done < EPOCHS * BATCHES:
    torch.manual_seed(done)  # in place of a data loader that starts anywhere
    x = torch.randn(32, 16)
    loss = ((model(x) - x.sum(1, keepdim=True)) ** 2).mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    done += 1
    if word() == "checkpoint":
        state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "done": done}
        torch.save(state, "checkpoint.new")
        os.replace("checkpoint.new", "checkpoint.pt")  # the old one or the new, never half
        print(f"saved: epoch {done // BATCHES}, batch {done % BATCHES}", flush=True)
        open(CONTROL, "w").write("saved")
        while word() != "run":  # wattcast stops this process about here
            time.sleep(0.02)
print(f"done after {done} batches", flush=True)
