"""What the invented store sells, and what its shoppers worry about.

Prices are integer minor units, so that one list serves currencies with two digits (28.50 EUR), none (2850 JPY)
or three.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True)
class Concern:
    """A worry the assistant can recognise. `season`: the month (1-12) of its peak, `swing`: how much it varies."""

    name: str
    category: str
    weight: float
    season: int
    swing: float


@dataclass(frozen=True, slots=True)
class Product:
    """One thing on sale. `popularity` is relative; `launched` None means it was always there."""

    product_id: str
    name: str
    brand: str
    category: str
    variant: str
    price: int
    popularity: float
    concerns: tuple[str, ...]
    launched: date | None = None


CONCERNS: Final[tuple[Concern, ...]] = (
    Concern("Dry skin", "skincare", 1.5, 1, 0.5),
    Concern("Acne", "skincare", 1.4, 9, 0.1),
    Concern("Redness", "skincare", 0.9, 2, 0.3),
    Concern("Fine lines", "skincare", 1.1, 11, 0.1),
    Concern("Dark spots", "skincare", 0.9, 8, 0.4),
    Concern("Oily skin", "skincare", 0.8, 7, 0.4),
    Concern("Frizz", "haircare", 0.9, 7, 0.5),
    Concern("Damaged hair", "haircare", 1.0, 9, 0.2),
    Concern("Dandruff", "haircare", 0.7, 12, 0.3),
    Concern("Hair thinning", "haircare", 0.6, 10, 0.2),
)

# Category: (month of its peak, how much demand swings around the year's mean; 0 means all year the same).
CATEGORY_SEASONS: Final[dict[str, tuple[int, float]]] = {
    "Cleansers": (6, 0.05),
    "Toners": (6, 0.15),
    "Serums": (11, 0.15),
    "Moisturisers": (1, 0.50),
    "Sun Care": (7, 1.30),
    "Masks": (1, 0.35),
    "Eye Care": (11, 0.10),
    "Lip & Body": (12, 0.45),
    "Shampoo": (6, 0.05),
    "Conditioner": (7, 0.10),
    "Hair Treatments": (9, 0.25),
    "Scalp Care": (12, 0.25),
    "Styling": (7, 0.30),
}

# What shoppers ask for and the store does not have: (name, category, weight).
MISSING_PRODUCTS: Final[tuple[tuple[str, str, float], ...]] = (
    ("Tinted sunscreen for deep skin tones", "Sun Care", 2.2),
    ("Fragrance-free solid shampoo", "Shampoo", 1.8),
    ("Refill pouch for Dew Barrier Cream", "Moisturisers", 1.6),
    ("Bakuchiol eye cream", "Eye Care", 1.4),
    ("Heat protectant without silicones", "Styling", 1.3),
    ("Azelaic acid 15 % gel", "Serums", 1.2),
    ("Travel set for sensitive skin", "Cleansers", 1.1),
    ("Purple mask for grey hair", "Hair Treatments", 0.9),
    ("Rosemary scalp oil", "Scalp Care", 0.9),
    ("Beard wash", "Cleansers", 0.7),
    ("Overnight lip mask", "Lip & Body", 0.7),
    ("Curl cream for fine hair", "Styling", 0.6),
)

_NORDLYS, _VERVEINE, _HALDEN, _OAK, _TIDE, _SOLENE = (
    "Nordlys",
    "Maison Verveine",
    "Halden Lab",
    "Oak & Amber",
    "Tidewell",
    "Solène",
)


def _product(
    number: int,
    name: str,
    brand: str,
    category: str,
    variant: str,
    price: int,
    popularity: float,
    concerns: str,
    launched: date | None = None,
) -> Product:
    names = tuple(part.strip() for part in concerns.split(",")) if concerns else ()
    return Product(
        f"SKN-{number}" if number < 200 else f"HAR-{number}",
        name,
        brand,
        category,
        variant,
        price,
        popularity,
        names,
        launched,
    )


PRODUCTS: Final[tuple[Product, ...]] = (
    _product(101, "Cloud Milk Cleanser", _NORDLYS, "Cleansers", "150 ml", 1690, 1.5, "Dry skin, Redness"),
    _product(102, "Clear Start Gel Wash", _HALDEN, "Cleansers", "200 ml", 1450, 1.6, "Acne, Oily skin"),
    _product(103, "Oat Comfort Cleansing Balm", _OAK, "Cleansers", "100 g", 2250, 1.0, "Dry skin, Redness"),
    _product(104, "Green Tea Foam Cleanser", _TIDE, "Cleansers", "150 ml", 1290, 1.1, "Oily skin"),
    _product(105, "Rice Enzyme Powder Wash", _VERVEINE, "Cleansers", "60 g", 2490, 0.6, "Dark spots, Oily skin"),
    _product(106, "Micellar Water Sensitive", _NORDLYS, "Cleansers", "400 ml", 1190, 1.2, "Redness"),
    _product(107, "Salicylic Tonic 2 %", _HALDEN, "Toners", "200 ml", 1890, 1.3, "Acne, Oily skin"),
    _product(108, "Rose Hydrating Mist", _VERVEINE, "Toners", "100 ml", 1650, 0.7, "Dry skin"),
    _product(109, "Glycolic Night Tonic 7 %", _HALDEN, "Toners", "240 ml", 2190, 0.8, "Dark spots, Fine lines"),
    _product(110, "Calm Cica Essence", _NORDLYS, "Toners", "150 ml", 2390, 0.8, "Redness"),
    _product(111, "Vitamin C 15 % Serum", _HALDEN, "Serums", "30 ml", 3490, 1.8, "Dark spots, Fine lines"),
    _product(112, "Hyaluronic Triple Serum", _NORDLYS, "Serums", "30 ml", 2790, 1.9, "Dry skin, Fine lines"),
    _product(113, "Niacinamide 10 % Drops", _HALDEN, "Serums", "30 ml", 1590, 1.9, "Acne, Oily skin, Dark spots"),
    _product(114, "Retinol 0.3 % Night Serum", _HALDEN, "Serums", "30 ml", 3890, 1.2, "Fine lines, Acne"),
    _product(115, "Squalane Recovery Oil", _OAK, "Serums", "30 ml", 2950, 0.8, "Dry skin, Redness"),
    _product(116, "Peptide Firming Concentrate", _SOLENE, "Serums", "30 ml", 5490, 0.6, "Fine lines"),
    _product(117, "Azelaic Calming Serum", _NORDLYS, "Serums", "30 ml", 3190, 0.7, "Redness, Acne"),
    _product(118, "Tranexamic Spot Corrector", _HALDEN, "Serums", "20 ml", 3690, 0.9, "Dark spots", date(2025, 2, 18)),
    _product(
        119,
        "Bakuchiol Gentle Renewal Serum",
        _VERVEINE,
        "Serums",
        "30 ml",
        4190,
        0.9,
        "Fine lines, Redness",
        date(2025, 10, 7),
    ),
    _product(
        120, "Ectoin Barrier Ampoule", _NORDLYS, "Serums", "30 ml", 3950, 1.1, "Redness, Dry skin", date(2026, 9, 15)
    ),
    _product(121, "Dew Barrier Cream", _NORDLYS, "Moisturisers", "50 ml", 2890, 1.9, "Dry skin, Redness"),
    _product(122, "Oil-Free Matte Fluid", _HALDEN, "Moisturisers", "50 ml", 2390, 1.2, "Oily skin, Acne"),
    _product(123, "Shea Winter Rescue Cream", _OAK, "Moisturisers", "75 ml", 2650, 1.0, "Dry skin"),
    _product(124, "Ceramide Night Cream", _TIDE, "Moisturisers", "50 ml", 3290, 1.1, "Dry skin, Fine lines"),
    _product(125, "Collagen Day Cream SPF 15", _SOLENE, "Moisturisers", "50 ml", 4590, 0.6, "Fine lines"),
    _product(126, "Water Gel Hydrator", _TIDE, "Moisturisers", "50 ml", 2190, 1.1, "Oily skin"),
    _product(
        127, "Birch Sap Sleeping Cream", _NORDLYS, "Moisturisers", "60 ml", 3450, 0.8, "Dry skin", date(2025, 11, 4)
    ),
    _product(128, "Invisible Sun Fluid SPF 50", _SOLENE, "Sun Care", "50 ml", 2450, 1.9, "Dark spots, Oily skin"),
    _product(129, "Mineral Sun Cream SPF 30", _TIDE, "Sun Care", "75 ml", 2150, 1.0, "Redness"),
    _product(130, "After Sun Aloe Gel", _TIDE, "Sun Care", "200 ml", 1390, 0.8, "Redness, Dry skin"),
    _product(131, "Sun Stick SPF 50", _SOLENE, "Sun Care", "15 g", 1690, 0.8, "Dark spots", date(2025, 4, 29)),
    _product(
        132,
        "Tinted Mineral Fluid SPF 50",
        _SOLENE,
        "Sun Care",
        "40 ml",
        2890,
        1.2,
        "Dark spots, Redness",
        date(2026, 5, 5),
    ),
    _product(133, "Pink Clay Pore Mask", _VERVEINE, "Masks", "75 ml", 1990, 0.9, "Oily skin, Acne"),
    _product(134, "Overnight Honey Mask", _OAK, "Masks", "75 ml", 2590, 0.8, "Dry skin"),
    _product(135, "Bio-Cellulose Sheet Mask Set", _VERVEINE, "Masks", "5 pieces", 2200, 0.7, "Fine lines, Dry skin"),
    _product(136, "Caffeine Eye Serum", _HALDEN, "Eye Care", "15 ml", 1790, 1.1, "Fine lines"),
    _product(137, "Retinal Eye Cream", _SOLENE, "Eye Care", "15 ml", 3990, 0.6, "Fine lines"),
    _product(138, "Cooling Eye Patches", _VERVEINE, "Eye Care", "60 pieces", 2390, 0.7, "Fine lines, Dry skin"),
    _product(139, "Cold Cream Lip Balm", _OAK, "Lip & Body", "10 g", 790, 1.2, "Dry skin"),
    _product(140, "Urea 10 % Body Lotion", _NORDLYS, "Lip & Body", "400 ml", 1850, 0.9, "Dry skin"),
    _product(141, "Almond Hand Cream", _OAK, "Lip & Body", "75 ml", 990, 0.9, "Dry skin"),
    _product(142, "Smoothing Body Scrub", _VERVEINE, "Lip & Body", "200 ml", 1750, 0.5, "Dark spots"),
    _product(201, "Everyday Gentle Shampoo", _TIDE, "Shampoo", "300 ml", 1190, 1.4, "Damaged hair"),
    _product(202, "Bond Repair Shampoo", _HALDEN, "Shampoo", "250 ml", 2190, 1.3, "Damaged hair, Frizz"),
    _product(203, "Climbazole Anti-Dandruff Shampoo", _HALDEN, "Shampoo", "200 ml", 1690, 1.0, "Dandruff"),
    _product(204, "Volume Caffeine Shampoo", _NORDLYS, "Shampoo", "250 ml", 1790, 0.8, "Hair thinning"),
    _product(205, "Violet Tone Shampoo", _SOLENE, "Shampoo", "250 ml", 1890, 0.6, "Damaged hair"),
    _product(206, "Solid Nettle Shampoo Bar", _OAK, "Shampoo", "80 g", 1050, 0.7, "Dandruff", date(2026, 2, 10)),
    _product(207, "Bond Repair Conditioner", _HALDEN, "Conditioner", "250 ml", 2190, 1.2, "Damaged hair, Frizz"),
    _product(208, "Silk Smooth Conditioner", _SOLENE, "Conditioner", "250 ml", 1690, 0.9, "Frizz"),
    _product(209, "Light Daily Conditioner", _TIDE, "Conditioner", "300 ml", 1190, 0.8, "Hair thinning"),
    _product(210, "Argan Repair Mask", _OAK, "Hair Treatments", "200 ml", 2490, 1.1, "Damaged hair, Frizz"),
    _product(211, "Bond Builder No. 3 Treatment", _HALDEN, "Hair Treatments", "100 ml", 3290, 1.2, "Damaged hair"),
    _product(212, "Rice Water Rinse", _VERVEINE, "Hair Treatments", "250 ml", 1890, 0.6, "Damaged hair, Hair thinning"),
    _product(
        213,
        "Keratin Overnight Serum",
        _SOLENE,
        "Hair Treatments",
        "75 ml",
        3690,
        0.8,
        "Frizz, Damaged hair",
        date(2025, 9, 2),
    ),
    _product(214, "Redensyl Density Serum", _HALDEN, "Scalp Care", "60 ml", 3990, 0.8, "Hair thinning"),
    _product(215, "Salicylic Scalp Scrub", _HALDEN, "Scalp Care", "200 ml", 2290, 0.7, "Dandruff"),
    _product(216, "Soothing Scalp Tonic", _NORDLYS, "Scalp Care", "100 ml", 1990, 0.7, "Dandruff, Hair thinning"),
    _product(
        217, "Peptide Lash and Brow Serum", _SOLENE, "Scalp Care", "5 ml", 4490, 0.5, "Hair thinning", date(2026, 6, 23)
    ),
    _product(218, "Anti-Humidity Styling Cream", _SOLENE, "Styling", "150 ml", 1790, 1.0, "Frizz"),
    _product(219, "Sea Salt Texture Spray", _TIDE, "Styling", "150 ml", 1590, 0.8, ""),
    _product(220, "Curl Defining Jelly", _OAK, "Styling", "250 ml", 1690, 0.9, "Frizz"),
    _product(
        221, "Leave-In Heat Shield", _TIDE, "Styling", "150 ml", 1850, 0.9, "Damaged hair, Frizz", date(2025, 6, 17)
    ),
)
