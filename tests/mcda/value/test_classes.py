"""Values of classes, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from siting.errors import StudyError
from siting.mcda.value import Classes, parse_value


def test_classes_by_name() -> None:
    function = parse_value({"designated": 1, "undesignated": 0.4, "none": 0})
    assert isinstance(function, Classes)
    given_ = np.array(["none", "designated", None, np.nan, "unknown", "undesignated"], dtype=object)
    np.testing.assert_array_equal(function.value(given_), [0, 1, np.nan, np.nan, np.nan, 0.4])
    assert (function.dimension, function.direction, function.bounds) == ("text", "mixed", (0, 1))
    assert parse_value({"unknown": 0.3, "a": 1}).value(np.array(["unknown"], object)).tolist() == [0.3]


def test_an_unlisted_class_is_refused_or_no_data() -> None:
    given_ = np.array(["by_rigth", "by_right", "by_rigth"], object)
    with pytest.raises(StudyError) as error:
        parse_value({"by_right": 1, "prohibited": 0}).value(given_)
    assert str(error.value) == (
        "The class 'by_rigth' has no value; 2 parcels have it. Did you mean 'by_right'? Classes with a value: "
        "'by_right', 'prohibited'. Give it a value, or write {classes: {...}, unlisted: no_data}."
    )
    tolerant = parse_value({"classes": {"by_right": 1, "prohibited": 0}, "unlisted": "no_data"})
    np.testing.assert_array_equal(tolerant.value(given_), [np.nan, 1, np.nan])


def test_classes_by_their_places_among_the_different_ones() -> None:
    function = Classes({"a": 0.25, "b": 1})
    given = np.array(["b", "unknown", "a"], object)
    np.testing.assert_array_equal(
        function.value_of_codes(np.array([2, 0, -1, 1, 0]), given), function.value(given[[2, 0, 1, 1, 0]])
    )
    assert function.value_of_codes(np.empty(0, np.int64), np.empty(0, object)).tolist() == []
