"""A SYNTHETIC county that behaves like a real one, at any size, with planted truth.

The county is a square of whole townships in EPSG:26912, 18 miles a side for 1,000 parcels, 30 for 20,000
and 66 for 1,000,000. Nothing in it exists. It is made in this order, each step from those before it:

1. *Terrain*: ranges and an alluvial plain, eroded; drainage, streams, watersheds, floodplains, soils, land cover.
2. *Towns* by a size law; freeways, ramps, roads on section lines, rail, airports, power, gas, water works.
3. *People*: block groups, homes, schools, hospitals, universities, industry.
4. *Land and law*: a section grid with offsets and lost corners; owners, city limits; places for planted sites are
   chosen here. Then forties become lots, farms and open land, exactly as many parcels as asked for, with zoning.
5. *Truth*: layers are adjusted at the planned sites (providers, stations, fissures, homes, ...), and every site
   is measured again; what does not meet its requirements is not called planted (``truth["not_planted"]``).
6. *Dirt*, where asked for: faults of real files, each recorded in the truth.

Layers have the fields, units and oddities of the public layers they stand for (kV of -999999, text dates, square
feet beside acres); the catalogue (``layers/sample``) tells them one by one. Rasters reach 4 cells beyond the county.

Targets of a county of 20,000 parcels, tested (judgement, after counties of the arid Southwest):

================================================  ==================
share of the land that is plain                   60 to 80 %
share in the 1 % floodplain, in floodways         8 to 16 %, 2 to 4 %
share on mapped flood panels                      86 %
median parcel                                     0.15 to 0.4 acres
parcels under an acre, of 40 acres and more       55 to 80 %, 8 to 20 %
land in parcels of 40 acres and more              over 85 %
private, federal and tribal, state trust land     25 to 45, 25 to 60, 10 to 40 %
parcels zoned for homes only (prohibited)         55 to 75 %
land zoned for industry, by right or conditional  1 to 3 %
roads, of them freeways (both carriageways)       0.45 to 0.8, 0.06 to 0.12 km/km2
people, of them in towns                          1.87 a parcel, 92 %
lines without kV                                  8 % before planted lines
perfect sites, decoys                             3, 9
================================================  ==================
"""

from __future__ import annotations

from siting.sample.county import SampleCounty, SampleRaster, sample_county
from siting.sample.write import write_sample

__all__ = ["SampleCounty", "SampleRaster", "sample_county", "write_sample"]
