#!/usr/bin/env python3
"""Moves a Google Cloud VM to the zone that wattcast names, as eco4cast's
controller does: stop, copy the disk, start it elsewhere.

    wattcast run --zone BE,FI,NL --forecast next.csv --green 6h --deadline 24h \\
        --on-pause './mover.py stop' --on-resume './mover.py start' \\
        --on-move './mover.py move' --move-cost 10min,50Wh -- ./mover.py follow

The work is a service of the VM that starts at boot and saves as it goes; the
command that wattcast runs, `follow`, ends when the VM has set its metadata
`wattcast-done`. wattcast plans again each hour and meters the follower alone.

Needs GCP_PROJECT, GCP_VM and GCP_TOKEN (`gcloud auth print-access-token`), and
the grid zones' cloud zones in GCP_ZONES: `BE=europe-west1-b,FI=europe-north1-a`.
The zone the VM is in is kept in the file named by GCP_STATE.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

API = os.environ.get("GCP_API", "https://compute.googleapis.com/compute/v1")
PROJECT = os.environ.get("GCP_PROJECT", "")
VM = os.environ.get("GCP_VM", "")
STATE = os.environ.get("GCP_STATE", "gcp-zone")
PAUSE_S = float(os.environ.get("GCP_POLL_S", 5))


def call(method, path, body=None):
    request = urllib.request.Request(
        f"{API}/projects/{PROJECT}/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {os.environ.get('GCP_TOKEN', '')}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def do(method, path, body=None):
    """Calls, and waits until the operation is done."""
    operation = call(method, path, body)
    where = f"zones/{operation['zone'].rsplit('/', 1)[1]}" if "zone" in operation else "global"
    while operation["status"] != "DONE":
        time.sleep(PAUSE_S)
        operation = call("GET", f"{where}/operations/{operation['name']}")
    if "error" in operation:
        sys.exit(f"mover: {path}: {operation['error']}")


def cloud_zone(grid_zone):
    zones = dict(pair.split("=") for pair in os.environ["GCP_ZONES"].split(","))
    if grid_zone not in zones:
        sys.exit(f"mover: no cloud zone for {grid_zone}; add it to GCP_ZONES")
    return zones[grid_zone]


def here():
    if os.path.exists(STATE):
        with open(STATE) as file:
            return file.read().strip()
    # Before the first move: hooks are told the grid zone, the follower is not.
    before = os.environ.get("WATTCAST_ZONE_BEFORE") or os.environ.get("WATTCAST_ZONE", "")
    first = os.environ["GCP_ZONES"].split(",")[0].split("=")[0]
    return cloud_zone(before if before and "," not in before else first)


def stay(zone):
    with open(STATE + ".new", "w") as file:
        file.write(zone)
    os.replace(STATE + ".new", STATE)


def move(source, target):
    if source == target:
        return
    vm = call("GET", f"zones/{source}/instances/{VM}")
    disk = vm["disks"][0]["source"].rsplit("/", 1)[1]
    snapshot = f"{VM}-{int(time.time())}"
    do("POST", f"zones/{source}/disks/{disk}/createSnapshot", {"name": snapshot})
    do(
        "POST",
        f"zones/{target}/instances",
        {
            "name": VM,
            "machineType": f"zones/{target}/machineTypes/{vm['machineType'].rsplit('/', 1)[1]}",
            "metadata": {"items": vm.get("metadata", {}).get("items", [])},
            "networkInterfaces": [{"network": "global/networks/default"}],
            "disks": [
                {
                    "boot": True,
                    "autoDelete": True,
                    "initializeParams": {"sourceSnapshot": f"global/snapshots/{snapshot}"},
                }
            ],
        },
    )
    stay(target)
    # Only now is there a second one to do without.
    do("DELETE", f"zones/{source}/instances/{VM}")
    do("DELETE", f"global/snapshots/{snapshot}")
    # wattcast starts it when it resumes.
    do("POST", f"zones/{target}/instances/{VM}/stop")


def follow():
    while True:
        try:
            vm = call("GET", f"zones/{here()}/instances/{VM}")
            items = vm.get("metadata", {}).get("items", [])
            if any(item["key"] == "wattcast-done" for item in items):
                return
        except (urllib.error.URLError, KeyError):
            pass  # it is being moved, or the network is away
        time.sleep(PAUSE_S)


def main():
    verb = sys.argv[1] if len(sys.argv) == 2 else ""
    if verb in ("start", "stop"):
        do("POST", f"zones/{here()}/instances/{VM}/{verb}")
    elif verb == "move":
        move(here(), cloud_zone(os.environ["WATTCAST_ZONE"]))
    elif verb == "follow":
        follow()
    else:
        sys.exit("mover: say start, stop, move or follow")


if __name__ == "__main__":
    main()
