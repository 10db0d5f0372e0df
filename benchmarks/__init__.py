"""How fast the program is: `python -m benchmarks` measures, prints a table and writes JSON (docs/performance.md)."""
