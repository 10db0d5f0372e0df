from datetime import date

import pytest

from smartshopie_db.clock import date_of, day_of
from smartshopie_db.demo import traffic
from smartshopie_db.demo.catalogue import PRODUCTS
from smartshopie_db.demo.models import MODELS, shares

YEAR = range(day_of(date(2026, 1, 1)), day_of(date(2027, 1, 1)))


@pytest.mark.parametrize(
    ("year", "expected"), [(2024, date(2024, 11, 29)), (2025, date(2025, 11, 28)), (2026, date(2026, 11, 27))]
)
def test_black_friday_follows_the_fourth_thursday_of_november(year, expected):
    assert date_of(traffic.black_friday(year)) == expected


def test_demand_is_around_one_over_a_year_and_never_above_its_bound():
    days = [traffic.demand(day) for day in range(YEAR.start - 1500, YEAR.stop + 1500)]
    assert max(days) < traffic.BUSIEST
    assert sum(traffic.demand(day) for day in YEAR) / len(YEAR) == pytest.approx(1, abs=0.05)


def test_black_friday_is_the_busiest_day_and_january_is_quiet():
    assert max(YEAR, key=traffic.demand) == traffic.black_friday(2026)
    by_month = {month: [traffic.demand(day) for day in YEAR if date_of(day).month == month] for month in range(1, 13)}
    means = {month: sum(values) / len(values) for month, values in by_month.items()}
    assert min(means, key=means.__getitem__) == 1


def test_the_shop_grows_and_the_growth_levels_out():
    now, before = traffic.growth(day_of(date(2026, 11, 22))), traffic.growth(day_of(date(2024, 11, 22)))
    assert 1.5 < now / before < 2
    assert traffic.growth(day_of(date(2050, 1, 1))) < 1.5


def _share(day, category):
    weights = traffic.product_weights(day)
    return sum(weight for weight, item in zip(weights, PRODUCTS, strict=True) if item.category == category) / sum(
        weights
    )


def test_sun_care_is_for_summer_and_moisturisers_are_for_winter():
    summer, winter = day_of(date(2026, 7, 15)), day_of(date(2026, 1, 15))
    assert _share(summer, "Sun Care") > 3 * _share(winter, "Sun Care")
    assert _share(winter, "Moisturisers") > 1.3 * _share(summer, "Moisturisers")


def test_a_product_is_wanted_from_its_launch_on_and_most_right_after():
    index, item = next((index, item) for index, item in enumerate(PRODUCTS) if item.launched)
    launched = day_of(item.launched)
    before, first, later = (traffic.product_weights(launched + days)[index] for days in (-1, 0, 300))
    assert before == 0
    assert first > 1.5 * later > 0


def test_the_evening_is_the_busiest_time():
    workday, sunday = (traffic.hour_chances(day_of(date(2026, 11, day))) for day in (18, 22))
    assert workday.argmax() in (19, 20, 21)
    assert sunday.argmax() in (19, 20, 21)
    assert sunday[9:12].sum() > workday[9:12].sum()


def test_models_take_over_one_after_the_other_and_each_is_better():
    assert [model.accuracy for model in MODELS] == sorted(model.accuracy for model in MODELS)
    for day in YEAR:
        assert sum(shares(day)) == pytest.approx(1)
    assert shares(day_of(date(2025, 1, 1))) == [1, 0, 0]
    assert shares(YEAR[-1])[2] > 0.8
