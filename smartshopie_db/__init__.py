"""What touches the store: `from smartshopie_db import SmartShopieDB`."""

from smartshopie_db.database import SmartShopieDB, create_database
from smartshopie_db.errors import CoveredDayError, StoreError, StoreMismatch, StoreUnavailable
from smartshopie_db.models import (
    ConversionAnalytics,
    ConversionTrend,
    CustomerSegment,
    FunnelStage,
    InteractionType,
    OverviewKpis,
    RevenueAttribution,
    RevenueSummary,
)
from smartshopie_db.settings import SettingError, Settings, load_settings

__all__ = [
    "ConversionAnalytics",
    "ConversionTrend",
    "CoveredDayError",
    "CustomerSegment",
    "FunnelStage",
    "InteractionType",
    "OverviewKpis",
    "RevenueAttribution",
    "RevenueSummary",
    "SettingError",
    "Settings",
    "SmartShopieDB",
    "StoreError",
    "StoreMismatch",
    "StoreUnavailable",
    "create_database",
    "load_settings",
]
