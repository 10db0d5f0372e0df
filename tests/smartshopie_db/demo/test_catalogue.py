from collections import Counter

from smartshopie_db.demo.catalogue import CATEGORY_SEASONS, CONCERNS, MISSING_PRODUCTS, PRODUCTS


def test_the_shop_sells_some_sixty_products_under_distinct_ids_and_names():
    assert 55 <= len(PRODUCTS) <= 70
    assert len({item.product_id for item in PRODUCTS}) == len({item.name for item in PRODUCTS}) == len(PRODUCTS)


def test_every_category_has_products_and_every_product_a_category():
    assert Counter(item.category for item in PRODUCTS).keys() == CATEGORY_SEASONS.keys()


def test_there_are_ten_concerns_and_products_for_each():
    names = {concern.name for concern in CONCERNS}
    assert len(names) == 10
    assert {concern.category for concern in CONCERNS} == {"skincare", "haircare"}
    assert {name for item in PRODUCTS for name in item.concerns} == names


def test_prices_are_plausible_and_some_products_were_launched_later():
    assert all(500 <= item.price <= 6000 for item in PRODUCTS)
    assert sum(item.launched is not None for item in PRODUCTS) >= 5


def test_what_is_missing_is_not_sold():
    assert not {name for name, _, _ in MISSING_PRODUCTS} & {item.name for item in PRODUCTS}
    assert {category for _, category, _ in MISSING_PRODUCTS} <= CATEGORY_SEASONS.keys()
