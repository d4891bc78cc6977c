"""A full disk, a torn last row, a folder that cannot be written."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from context import Bench, Cell, Row
from sides import Metered, Peer, call

DISK_KIB = 64
PAGE = 4096
#: What the command of these runs ends with.
EXIT = 7


def rows(bench: Bench) -> Iterator[Row]:
    yield full_disk(bench)
    yield torn_row(bench)
    yield read_only(bench)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mounts a small file system on `folder`; `False` where that is not allowed
    (it is for root alone)."""
    options = f"size={DISK_KIB}k,mode=755"
    mounted = call(["mount", "-t", "tmpfs", "-o", options, "wattcast", str(folder)]).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            call(["umount", "--lazy", str(folder)])


def fill(folder: Path) -> None:
    with (folder / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while filler.write(bytes(PAGE)):
            pass


def job(bench: Bench, seconds: float) -> list[str]:
    """Works, and ends with a code that must come through."""
    work = shlex.join(bench.wattcast.job("process", seconds))
    return ["sh", "-c", f"{work}; exit {EXIT}"]


def full_disk(bench: Bench) -> Row:
    row = Row("disk full in mid run", "nothing lost, said, exit code told")
    side = bench.wattcast
    folder, elsewhere = bench.folder("full"), bench.folder("elsewhere")
    seconds = bench.pick(4.0, 2.0)
    with small_disk(folder) as mounted:
        wrapped = job(bench, seconds)
        if mounted:
            fill(folder)
            # Room for what stands before the first samples.
            os.truncate(folder / "filler", (folder / "filler").stat().st_size - PAGE)
        else:
            # Root alone can mount; a limit on the size of files does as well.
            limited = shlex.join(side.argv(wrapped))
            wrapped = ["sh", "-c", f"ulimit -f 4; exec {limited}"]
        done = side.meter("process", seconds, 0.02, job=wrapped, ledger=folder,
                          env={"TMPDIR": str(elsewhere)})
        row.cells[side.name] = kept_cell(bench, done, folder, elsewhere)
    for peer in bench.peers:
        with small_disk(peer.folder) as mounted:
            row.cells[peer.name] = full_peer(peer) if mounted else Cell("not run", "needs root")
    return row


def kept_cell(bench: Bench, done: Metered, ledger: Path, elsewhere: Path) -> Cell:
    """Whether the result, and the ledger that is read later, hold the whole
    run, a person was told, and the command's exit code came through."""
    side = bench.wattcast
    runs = side.report(ledger, {"TMPDIR": str(elsewhere)})
    whole = [run["energy_uj"] == done.report.get("energy_uj") for run in runs]
    told = [line for line in done.stderr.splitlines() if line.startswith("wattcast")]
    said = "; ".join(told + list(done.report.get("warnings", [])))
    near = done.counted_s is not None and abs(done.counted_s / (done.kernel_s or 1) - 1) <= 0.01
    text = [
        f"{done.counted_s:.2f} of {done.kernel_s:.2f} CPU-s" if near else "result lost",
        "ledger whole" if whole == [True] else "ledger not whole",
        "said" if said else "not said",
        f"exit {done.exit_code}",
    ]
    holds = near and whole == [True] and bool(said) and done.exit_code == EXIT
    return Cell(", ".join(text), said.replace(str(bench.scratch), "…"), holds)


def full_peer(peer: Peer) -> Cell:
    """Fills its log up to the end of a page and the disk to the end."""
    call(peer.argv("job", "none", 0, 1), env=peer.env)
    lines = peer.csv.read_text().splitlines(keepends=True)
    room = 2 * PAGE - peer.csv.stat().st_size
    with peer.csv.open("a") as log:
        log.writelines([lines[-1]] * (room // len(lines[-1])))
    fill(peer.folder)
    before = good_rows(peer)
    done = call(peer.argv("job", "idle", 2, 1), env=peer.env)
    return Cell(f"{before} rows, then {good_rows(peer)} and {bad_rows(peer)} cut; "
                f"exit {done.returncode}", last_line(done.stderr))


def good_rows(peer: Peer) -> int:
    return sum(1 for row in peer.rows() if None not in row and None not in row.values())


def bad_rows(peer: Peer) -> int:
    return len(peer.rows()) - good_rows(peer)


def torn_row(bench: Bench) -> Row:
    row = Row("torn last row, then another run", "nothing lost but it, said")
    side = bench.wattcast
    ledger = bench.folder("torn") / "torn.wcl"
    first = side.meter("process", bench.pick(2.0, 0.5), 0.1, ledger=ledger)
    os.truncate(ledger, ledger.stat().st_size - 7)
    second = side.meter("process", 0.5, 0.1, ledger=ledger)
    runs = side.report(ledger)
    told = [warning for run in runs for warning in run["warnings"]]
    energies = [run["energy_uj"] for run in runs]
    # What is cut off is the record of the end: totals stand before it.
    whole = energies == [done.report.get("energy_uj") for done in (first, second)]
    row.cells[side.name] = Cell(f"{len(runs)} of 2 runs, {'whole' if whole else 'not whole'}, "
                                f"{'said' if told else 'not said'}", "; ".join(told),
                                whole and bool(told))
    for peer in bench.peers:
        row.cells[peer.name] = torn_peer(peer)
    return row


def torn_peer(peer: Peer) -> Cell:
    """Cuts the row within the exponent of its emissions, where it has one."""
    peer.fresh()
    call(peer.argv("job", "none", 0, 1), env=peer.env)
    key = "CO2_emissions(kg)" if peer.package == "eco2ai" else "emissions"
    truth = peer.rows()[-1][key]
    text = peer.csv.read_text()
    place = text.rindex(truth) + len(truth) - 1
    peer.csv.write_text(text[:place])
    done = call(peer.argv("job", "none", 0, 1), env=peer.env)
    rows = peer.rows()
    read = rows[0][key] if rows else "nothing"
    return Cell(f"{good_rows(peer)} of 2 rows good; {float(truth):.2g} kg reads {read}",
                f"exit {done.returncode}; {last_line(done.stderr)}")


def read_only(bench: Bench) -> Row:
    row = Row("folder that cannot be written", "nothing lost, said, exit code told")
    side = bench.wattcast
    folder, elsewhere = bench.folder("readonly"), bench.folder("instead")
    with shut(folder):
        done = side.meter("process", 1.0, 0.1, job=job(bench, 1.0), ledger=folder,
                          env={"TMPDIR": str(elsewhere)})
        row.cells[side.name] = kept_cell(bench, done, folder, elsewhere)
    for peer in bench.peers:
        peer.fresh()
        with shut(peer.folder):
            ended = call(peer.argv("job", "idle", 2, 1), env=peer.env)
            row.cells[peer.name] = Cell(f"exit {ended.returncode}, {len(peer.rows())} rows",
                                        last_line(ended.stderr))
    return row


@contextlib.contextmanager
def shut(folder: Path) -> Iterator[None]:
    """Makes a folder read-only, for root too where it can mount."""
    with small_disk(folder) as mounted:
        if mounted:
            call(["mount", "-o", "remount,ro", str(folder)])
        folder_mode = folder.stat().st_mode
        if not mounted:
            folder.chmod(0o555)
        try:
            yield
        finally:
            if not mounted:
                folder.chmod(folder_mode)


def last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else ""


