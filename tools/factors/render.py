"""Writes tables as Rust and CSV."""

import csv
import io
import json

HEAD = "//! {}\n//!\n//! Written by tools/factors/generate.py; do not edit.\n\n"


def number(value):
    return f"{value:_}"


def text(value):
    return json.dumps(value, ensure_ascii=False)


def _rows(rows):
    """The row that answers, and the others."""
    best, *others = [f"r({s}, {b}, {y}, {number(v)})" for s, b, y, v in rows]
    return f"{best}, &[{', '.join(others)}]"


def countries(tables):
    out = HEAD.format("Countries and territories by ISO 3166-1 alpha-2, in order.")
    out += "use super::{Country, c, r};\nuse crate::grid::FactorSource::*;\nuse crate::units::Basis::*;\n\n"
    codes = sorted(code for code in tables.countries if code in tables.rows)
    out += f"pub(super) const COUNTRIES: [Country; {len(codes)}] = [\n"
    for code in codes:
        alpha3, numeric, name = tables.countries[code]
        out += f'    c("{code}", *b"{alpha3}", {numeric}, {text(name)}, {_rows(tables.rows[code])}),\n'
    return out + "];\n"


def areas(tables):
    out = HEAD.format("Subdivisions, bidding zones and areas of many countries, in order of code.")
    out += "use super::{ZoneRow, r, z};\nuse crate::grid::FactorSource::*;\nuse crate::units::Basis::*;\n\n"
    codes = sorted(code for code in tables.rows if code not in tables.countries)
    out += f"pub(super) const AREAS: [ZoneRow; {len(codes)}] = [\n"
    for code in codes:
        out += f'    z("{code}", {text(tables.names[code])}, {_rows(tables.rows[code])}),\n'
    return out + "];\n"


def cloud(rows):
    out = HEAD.format("Regions of cloud providers and the zones that they lie in, in order.")
    out += "use super::CloudRow;\n"
    for provider in ["aws", "azure", "gcp"]:
        mine = sorted((row["region"], row["zone"]) for row in rows if row["provider"] == provider)
        out += f"\npub(super) const {provider.upper()}: [CloudRow; {len(mine)}] = [\n"
        out += "".join(f'    ("{region}", "{zone}"),\n' for region, zone in mine)
        out += "];\n"
    return out


def electricity_maps(year, grids, cloud_rows):
    out = HEAD.format("Electricity Maps, ODbL 1.0: zones and the cloud regions that they feed.")
    out += f"/// The year that the values are means of.\npub const YEAR: u16 = {year};\n\n"
    out += "/// Code, name and life-cycle intensity in g/kWh of each zone, in order of code.\n"
    out += f"pub(crate) static ZONES: [(&str, &str, u16); {len(grids)}] = [\n"
    for code in sorted(grids):
        name, grams = grids[code]
        out += f'    ("{code}", {text(name)}, {grams}),\n'
    out += "];\n\n"
    out += "/// Cloud regions and their zone, in order.\n"
    regions = sorted((f"{row['provider']}:{row['region']}", row["grid"]) for row in cloud_rows)
    out += f"pub(crate) static CLOUD: [(&str, &str); {len(regions)}] = [\n"
    out += "".join(f'    ("{region}", "{grid}"),\n' for region, grid in regions)
    return out + "];\n"


def names(aliases):
    out = HEAD.format("English names, folded to lower-case letters and digits, and their zones.")
    out += f"pub(super) static NAMES: [(&str, &str); {len(aliases)}] = [\n"
    out += "".join(f'    ({text(name)}, "{code}"),\n' for name, code in aliases)
    return out + "];\n"


def listing(head, rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head.split(","), *rows])
    return out.getvalue()
