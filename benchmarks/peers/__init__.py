"""The overview and revenue pages as one would write them plainly in other tools, to compare with in the same run."""
