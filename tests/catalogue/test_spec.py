"""The strict model of a description: what it refuses, and what it derives."""

from __future__ import annotations

from typing import Any

import pytest

from siting.catalogue import LayerSpec, Service
from siting.errors import CatalogueError

PONDS: dict[str, Any] = {
    "id": "ponds", "title": "Ponds", "publisher": "nobody", "kind": "polygon", "theme": "water", "feature": "a pond",
    "licence": "none", "attribution": "nobody", "redistribute": "yes", "vintage": "not stated",
    "coverage": {"words": "everywhere"}, "grain": "pond", "confidence": "low",
}  # fmt: skip
OGC = {"type": "ogc_features", "url": "https://x.org/ogc", "collection": "ponds"}


def test_addresses_and_other_layers_are_told_apart() -> None:
    spec = LayerSpec.model_validate(
        {**PONDS, "service": OGC, "alternatives": ["lakes", {**OGC, "url": "http://y.org"}]}
    )
    assert spec.services == (Service.model_validate(OGC), Service.model_validate({**OGC, "url": "http://y.org"}))
    assert spec.instead == ("lakes",)
    assert LayerSpec.model_validate(PONDS).services == ()


def test_only_no_means_no() -> None:
    said = {word: LayerSpec.model_validate({**PONDS, "redistribute": word}).redistributable
            for word in ("yes", "attribution", "share-alike", "no")}  # fmt: skip
    assert said == {"yes": True, "attribution": True, "share-alike": True, "no": False}


def test_a_layer_lies_in_a_state() -> None:
    def lies(*states: str) -> bool:
        return LayerSpec.model_validate({**PONDS, "states": list(states)}).lies_in("AZ")

    assert (lies("AZ"), lies("US"), lies("world"), lies("NV", "AZ")) == (True, True, True, True)
    assert (lies(), lies("NV")) == (False, False)


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(CatalogueError) as error:
        LayerSpec.model_validate({**PONDS, "states": ["AX"]})
    assert str(error.value).startswith("'AX' is no state.")
    assert str(error.value).endswith("Write postal codes such as 'AZ', or 'US', or 'world'.")


def test_verified_is_a_day_or_never() -> None:
    assert LayerSpec.model_validate({**PONDS, "verified": "2026-11-23"}).verified == "2026-11-23"
    assert LayerSpec.model_validate({**PONDS, "verified": "made here", "synthetic": True}).synthetic
    for said in ("yes", "made here", "23.11.2026"):
        with pytest.raises(CatalogueError) as error:
            LayerSpec.model_validate({**PONDS, "verified": said})
        assert str(error.value) == (
            f"The layer 'ponds' has verified: {said!r}. Write 'never', or the day of the last look at the service, "
            "such as 2026-11-23."
        )


def test_a_layer_is_published_or_made_from_others() -> None:
    recipe = {"dissolve": "lakes"}
    assert LayerSpec.model_validate({**PONDS, "recipe": recipe}).services == ()
    with pytest.raises(CatalogueError) as error:
        LayerSpec.model_validate({**PONDS, "recipe": recipe, "service": OGC})
    assert str(error.value) == (
        "The layer 'ponds' has service: and recipe:. It is published, or made from others: keep one of them."
    )
    with pytest.raises(CatalogueError) as error:
        LayerSpec.model_validate({**PONDS, "recipe": {"slope": "dem"}})
    assert str(error.value) == (
        "The layer 'ponds' is of kind 'polygon', and its recipe: (slope of dem) makes a raster. "
        "Correct kind: or recipe:."
    )
