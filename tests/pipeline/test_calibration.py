from __future__ import annotations

import pytest

from soniclayer.pipeline.calibration import expected_calibration_error


def test_confidence_that_says_the_truth_has_no_error():
    confidences = [0.75] * 4 + [0.5] * 2
    assert expected_calibration_error(confidences, [True, True, True, False, True, False]) == pytest.approx(0)


def test_the_error_is_the_mean_gap_weighted_by_the_number_of_answers():
    confidences = [0.95, 0.95, 0.95, 0.15]
    right = [True, True, False, True]
    assert expected_calibration_error(confidences, right) == pytest.approx((3 * abs(2 / 3 - 0.95) + 0.85) / 4)


def test_gaps_of_different_bins_do_not_cancel_out():
    assert expected_calibration_error([0.85, 0.25], [False, True]) == pytest.approx((0.85 + 0.75) / 2)


def test_the_upper_edge_belongs_to_the_bin():
    assert expected_calibration_error([0.3, 0.25], [False, True]) == pytest.approx(abs(0.5 - 0.275))


def test_no_answers_have_no_error():
    assert expected_calibration_error([], []) == 0


def test_a_confidence_outside_0_and_1_is_refused():
    with pytest.raises(ValueError, match=r"1\.2"):
        expected_calibration_error([1.2], [True])
