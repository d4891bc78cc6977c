"""Training of wattcast's forecast networks; `FORMULATION.md` is the specification."""
