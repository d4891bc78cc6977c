#!/usr/bin/env python3
"""Writes the emission-factor tables that are checked in.

    tools/factors/generate.py            write them
    tools/factors/generate.py --check    fail where a checked-in file differs

Reads three packages from PyPI and npm (see sources.py) and the mappings beside
this file. DATA-LICENSES.md names the origin and the terms of each table.
"""

import argparse
import csv
import sys
import unicodedata
from decimal import Decimal
from pathlib import Path

import render
from sources import LIFE_CYCLE, Sources, fetch, mg

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# Territories that eco2AI leaves out or leaves without a code.
COUNTRIES = {
    "AX": ("ALA", 248, "Åland Islands"),
    "BM": ("BMU", 60, "Bermuda"),
    "CW": ("CUW", 531, "Curaçao"),
    "EH": ("ESH", 732, "Western Sahara"),
    "FM": ("FSM", 583, "Micronesia"),
    "GI": ("GIB", 292, "Gibraltar"),
    "GS": ("SGS", 239, "South Georgia and the South Sandwich Islands"),
    "NA": ("NAM", 516, "Namibia"),
    "PW": ("PLW", 585, "Palau"),
    "SH": ("SHN", 654, "Saint Helena"),
    "TL": ("TLS", 626, "Timor-Leste"),
    "XK": ("XKX", 0, "Kosovo"),
    "YT": ("MYT", 175, "Mayotte"),
}
# Areas of many countries, as Ember names them.
AREAS = {
    "AFRICA": ("AFRICA", "Africa"),
    "ASEAN": ("ASEAN", "ASEAN"),
    "ASIA": ("ASIA", "Asia"),
    "EU": ("EU", "European Union"),
    "EUROPE": ("EUROPE", "Europe"),
    "G20": ("G20", "G20"),
    "G7": ("G7", "G7"),
    "LATIN AMERICA AND CARIBBEAN": ("LATIN-AMERICA", "Latin America and Caribbean"),
    "MIDDLE EAST": ("MIDDLE-EAST", "Middle East"),
    "NORTH AMERICA": ("NORTH-AMERICA", "North America"),
    "OCEANIA": ("OCEANIA", "Oceania"),
    "OECD": ("OECD", "OECD"),
    "WORLD": ("WORLD", "World"),
}
# Best first: which row answers where two have the same basis.
RANK = ["Ember", "Owid", "OwidMix", "CanadaMix", "Entsoe", "ChinaMee", "Egrid", "Eco2Ai"]


def read(name):
    with open(HERE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fold(name):
    """What a name is compared by: lower-case letters and digits."""
    return "".join(c for c in name.lower() if c.isalnum())


def plain(name):
    """A name without its accents."""
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


class Tables:
    """Zones, names and the lists that the tests walk."""

    def __init__(self, sources):
        self.sources = sources
        self.countries = {}  # alpha-2 -> (alpha-3, numeric, name)
        self.names = {}  # zone code -> name
        self.rows = {}  # zone code -> [(source, basis, year, mg)]
        self.aliases = set()  # (folded name, zone code)
        self.eco2ai_list = []
        self.ember_list = []

    def add(self, code, source, basis, year, value):
        self.rows.setdefault(code, []).append((source, basis, int(year), value))

    def name(self, code, name):
        self.names.setdefault(code, name)
        self.alias(name, code)

    def alias(self, name, code):
        self.aliases.add((fold(name), code))
        self.aliases.add((fold(plain(name)), code))

    def build(self):
        self._countries()
        by_alpha3 = {alpha3: code for code, (alpha3, _, _) in self.countries.items()}
        self._ember(by_alpha3)
        self._owid(by_alpha3)
        self._subdivisions()
        self._eco2ai()
        for row in read("names.csv"):
            self.alias(row["name"], row["code"])
        for rows in self.rows.values():
            # Nothing generates without a life-cycle, so a published 0 answers last.
            rows.sort(key=lambda row: (row[1] == "Direct", row[3] == 0, RANK.index(row[0])))

    def _countries(self):
        self.countries = dict(COUNTRIES)
        for row in self.sources.eco2ai():
            alpha2 = row["alpha_2_code"]
            if row["region"] == "Whole country" and len(alpha2) == 2:
                codes = (row["alpha_3_code"], int(row["un_code"]), row["country"])
                self.countries.setdefault(alpha2, codes)
        for code, (_, _, name) in self.countries.items():
            self.name(code, name)
        for code, name in AREAS.values():
            self.name(code, name)

    def _ember(self, by_alpha3):
        years = {}
        for row in read("ember_years.csv"):
            years.update(dict.fromkeys(row["codes"].split(), row["year"]))
        for key, value in self.sources.ember().items():
            code = by_alpha3.get(key) or AREAS[key][0]
            year = years.get(key, years["*"])
            self.add(code, "Ember", "LifeCycle", year, mg(value))
            self.ember_list.append((key, code, year, mg(value)))

    def _owid(self, by_alpha3):
        for alpha3, row in self.sources.owid().items():
            code = by_alpha3[alpha3]
            grams = row["carbon_intensity"]
            if grams is not None:
                self.add(code, "Owid", "LifeCycle", row["year"], mg(grams))
            if not grams:
                total = Decimal(str(row["total_TWh"]))
                kinds = {"hydroelectricity": "hydro", "biofuel": "biomass"}
                grams = sum(
                    Decimal(str(row[f"{kind}_TWh"])) * LIFE_CYCLE[kinds.get(kind, kind)]
                    for kind in ["coal", "gas", "oil", "hydroelectricity", "solar", "wind", "nuclear", "biofuel"]
                )
                self.add(code, "OwidMix", "LifeCycle", row["year"], mg(grams / total))

    def _subdivisions(self):
        year, states = self.sources.egrid()
        for state, (name, grams) in states.items():
            self.name(f"US-{state}", name.title().replace(" Of ", " of "))
            self.add(f"US-{state}", "Egrid", "Direct", year, mg(grams))
        year, provinces = self.sources.canada()
        codes = {r["region"].lower(): r["code"] for r in read("eco2ai_regions.csv") if r["country"] == "Canada"}
        for province, grams in provinces.items():
            self.add(codes[province], "CanadaMix", "LifeCycle", year, mg(grams))
        for code, row in self.sources.china().items():
            self.name(code, row["description"])
            self.add(code, "ChinaMee", "Direct", row["year"], mg(row["emission_factor"]))
        for zone, row in self.sources.nordic().items():
            # Finland's value is older than its file says ("prior value, unchanged").
            code, year = ("FI", 0) if zone == "FI" else (f"{zone[:2]}-{zone}", row["year"])
            if code != "FI":
                self.name(code, f"{self.countries[zone[:2]][2]} {zone}")
            self.add(code, "Entsoe", "LifeCycle", year, mg(row["emission_factor"]))

    def _eco2ai(self):
        mapped = {(row["country"], row["region"]): row for row in read("eco2ai_regions.csv")}
        states = {name: code for code, name in self.names.items() if code.startswith("US-")}
        for row in self.sources.eco2ai():
            country, region = row["country"], row["region"].strip()
            value = mg(row["Emission intensity, kg/MWh"])
            if region == "Whole country":
                code = next((c for c, v in self.countries.items() if v[0] == row["alpha_3_code"]), "WORLD")
                self.name(code, country)
            elif (country, region) in mapped:
                code = mapped[country, region]["code"]
                self.name(code, mapped[country, region]["name"])
                # Among the southern regions, with their value, its "Krasnoyarskiy"
                # is Krasnodar; the name alone means Krasnoyarsk: see names.csv.
                if region != "Krasnoyarskiy":
                    self.alias(region, code)
            else:
                code = states[region]
            basis = "Direct" if "-" in code else "LifeCycle"
            self.eco2ai_list.append((country, region, code, value))
            row = ("Eco2Ai", basis, 0, value)
            rows = self.rows.setdefault(code, [])
            twice = next((i for i, old in enumerate(rows) if old[0] == "Eco2Ai"), None)
            if twice is None:
                rows.append(row)
            elif abs(rows[twice][3] - value) > 10:
                raise SystemExit(f"eco2AI has {code} twice: {rows[twice]} and {row}")
            else:
                # Its second spelling is off by a rounding: keep the district's own.
                rows[twice] = min(rows[twice], row)


def check_cloud(cloud, tables, grids):
    """Every region has its zone, and the country that CodeCarbon gives it."""
    countries = {row["region"]: row["zone"][:2] for row in cloud if row["provider"] == "gcp"}
    for region, alpha3 in tables.sources.gcp_countries().items():
        stated = next(c for c, v in tables.countries.items() if v[0] == alpha3)
        if countries.get(region) != stated and (region, stated) != ("asia-east2", "CN"):
            raise SystemExit(f"cloud_regions.csv: {region} lies in {stated}")
    for row in cloud:
        if row["zone"] not in tables.rows or row["grid"] not in grids:
            raise SystemExit(f"cloud_regions.csv: no factor for {row}")
    if len({row["region"] for row in cloud}) != len(cloud):
        raise SystemExit("cloud_regions.csv: two providers share a region's name")


def generate(folder):
    """All files, as {path: text}."""
    tables = Tables(Sources(folder))
    tables.build()
    year, grids = tables.sources.electricity_maps()
    cloud = read("cloud_regions.csv")
    check_cloud(cloud, tables, grids)
    for code in grids:
        if len(code) == 2 and code not in tables.rows:
            alpha3, numeric, name = tables.countries[code]
            for alias in [alpha3, str(numeric), name]:
                tables.alias(alias, code)
    known = set(tables.rows) | set(grids)
    aliases = sorted(pair for pair in tables.aliases if pair[1] in known)
    return {
        "core/src/grid/table/countries.rs": render.countries(tables),
        "core/src/grid/table/areas.rs": render.areas(tables),
        "core/src/grid/table/cloud.rs": render.cloud(cloud),
        "electricity-maps/src/table.rs": render.electricity_maps(year, grids, cloud),
        "host/src/grid/names.rs": render.names(aliases),
        "fixtures/factors/eco2ai.csv": render.listing(
            "country,region,zone,mg_per_kwh", tables.eco2ai_list
        ),
        "fixtures/factors/ember.csv": render.listing("key,zone,year,mg_per_kwh", tables.ember_list),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--archives", type=Path, default=ROOT / "target" / "factors", help="where the packages are kept")
    args = parser.parse_args()
    fetch(args.archives)
    stale = []
    for name, text in generate(args.archives).items():
        path = ROOT / name
        if args.check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.exit(f"stale, run tools/factors/generate.py: {', '.join(stale)}")


if __name__ == "__main__":
    main()
