"""The two pages in Streamlit: streamlit run streamlit_page.py -- STORE_FILE."""

from __future__ import annotations

import sys
from pathlib import Path

import plotly.express as px
import streamlit as st
from frames import DAYS, FEATURE, Frames

frames = Frames(Path(sys.argv[1]))


def overview() -> None:
    period = st.session_state["period"]
    for column, (name, value) in zip(st.columns(4), frames.numbers(period).items(), strict=True):
        column.metric(name, f"{value:,.1f}")
    left, right = st.columns(2)
    left.table(frames.funnel(period))
    right.table(frames.interaction_types(period))
    left, right = st.columns(2)
    left.plotly_chart(px.bar(frames.attribution(period), x="record_date", y="revenue", color=FEATURE), key="a")
    right.plotly_chart(px.bar(frames.model_rates(period), x="percent", y="rate", orientation="h"), key="b")
    left, right = st.columns(2)
    ratings = ["Overall", "Product match", "Helpfulness"]
    left.plotly_chart(px.line(frames.satisfaction(period), x="record_date", y=ratings), key="c")
    right.table(frames.interactions(period))


def revenue() -> None:
    period = st.session_state["period"]
    for column, (name, value) in zip(st.columns(3), frames.revenue_numbers(period).items(), strict=True):
        column.metric(name, f"{value:,.1f}")
    left, right = st.columns(2)
    left.plotly_chart(px.bar(frames.attribution(period), x="record_date", y="revenue", color=FEATURE), key="d")
    right.table(frames.tiers(period))
    left, right = st.columns(2)
    left.table(frames.categories(period))
    right.plotly_chart(px.bar(frames.growth(period), x="record_date", y="revenue"), key="e")
    expected = ["predicted_revenue", "lower_bound", "upper_bound"]
    st.plotly_chart(px.line(frames.forecast(period), x="forecast_date", y=expected), key="f")


st.set_page_config(layout="wide")
pages = [st.Page(overview, title="Overview", url_path="overview", default=True), st.Page(revenue, url_path="revenue")]
shown = st.navigation(pages)
st.radio("Period", list(DAYS), index=1, horizontal=True, key="period")
shown.run()
