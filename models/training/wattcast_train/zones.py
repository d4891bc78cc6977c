"""Standard-time UTC offsets of the grids and the names under which one grid appears.

A fixed offset is enough: the network sees the last week of the grid itself, so daylight saving
shows up in the data, and a device needs no time-zone database.
"""

from __future__ import annotations

_PREFIX_OFFSETS: dict[str, int] = {
    "US-CAL": -8,
    "US-NW": -8,
    "US-SW": -7,
    "US-TEX": -6,
    "US-CENT": -6,
    "US-MIDW": -6,
    "US-SE": -6,
    "US-TEN": -6,
    "US-FLA": -5,
    "US-CAR": -5,
    "US-MIDA": -5,
    "US-NE": -5,
    "US-NY": -5,
    "CA": -5,
    "BR": -3,
    "AU-TAS": 10,
    "AU-WA": 8,
    "AUS": 10,
    "IN": 5,
    "ID": 7,
    "HK": 8,
    "TW": 8,
    "IL": 2,
    "CY": 2,
    "PA": -5,
    "PE": -5,
    "GB": 0,
    "BG": 2,
    "EE": 2,
    "FI": 2,
    "LT": 2,
    "LV": 2,
}

_EXACT_OFFSETS: dict[str, int] = {
    "BPAT": -8,
    "CISO": -8,
    "EPE": -7,
    "ERCO": -6,
    "FPL": -5,
    "ISNE": -5,
    "MISO": -6,
    "NYISO": -5,
    "PJM": -5,
    "US-NW-IPCO": -7,
    "US-NW-NWMT": -7,
    "US-NW-PACE": -7,
    "US-NW-PSCO": -7,
    "US-NW-WACM": -7,
    "US-MIDW-LGEE": -5,
}

_CENTRAL_EUROPE = 1

_ALIASES: dict[str, str] = {
    "BPAT": "US-NW-BPAT",
    "CISO": "US-CAL-CISO",
    "EPE": "US-SW-EPE",
    "ERCO": "US-TEX-ERCO",
    "FPL": "US-FLA-FPL",
    "ISNE": "US-NE-ISNE",
    "MISO": "US-MIDW-MISO",
    "NYISO": "US-NY-NYIS",
    "PJM": "US-MIDA-PJM",
}


def utc_offset_hours(zone: str) -> int:
    """Standard-time offset; the longest known prefix wins, else Central Europe."""
    if zone in _EXACT_OFFSETS:
        return _EXACT_OFFSETS[zone]
    parts = zone.split("-")
    for length in range(len(parts), 0, -1):
        prefix = "-".join(parts[:length])
        if prefix in _PREFIX_OFFSETS:
            return _PREFIX_OFFSETS[prefix]
    if zone.startswith("AUS"):
        return _PREFIX_OFFSETS["AUS"]
    return _CENTRAL_EUROPE


def grid_of(zone: str) -> str:
    """One name per physical grid, so that a cut or a hold-out also reaches its aliases."""
    if zone.startswith("IT"):
        return "IT"
    return _ALIASES.get(zone, zone)
