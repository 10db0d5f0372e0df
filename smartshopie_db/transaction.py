"""One write transaction: append, upsert, delete, replace days. What knows engines, beside engine.py."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from smartshopie_db.clock import iso_day
from smartshopie_db.errors import StoreUnavailable
from smartshopie_db.statements import Rows, bound, clause, select

_FEW = 50  # rows that are not worth a COPY


class Transaction:
    """One write transaction; commits when its `with` block ends, rolls back when that raises."""

    def __init__(self, connection: Connection, dialect: str) -> None:
        self._connection = connection
        self._dialect = dialect
        self._staged = 0

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Run one statement; returns the number of rows it changed."""
        statement, values = bound(self._dialect, sql, parameters)
        return self._connection.execute(clause(statement), values).rowcount

    def read(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """Read inside the transaction: its own writes are seen."""
        return select(self._connection, self._dialect, sql, parameters)

    def append(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, ignore_conflicts: bool = False
    ) -> int:
        """Insert rows as fast as the driver can; returns how many were really inserted.

        With `ignore_conflicts` rows whose key exists stay as they are.
        """
        ending = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
        if self._dialect == "postgresql":
            many = list(rows)
            if len(many) > _FEW:
                if not ignore_conflicts:
                    return self._copy(table, columns, many)
                staged = self._stage(table, columns, many)
                names = ", ".join(columns)
                return self._driver(f"INSERT INTO {table} ({names}) SELECT {names} FROM {staged}{ending}")
            rows = many
        return self._many(self._insert(table, columns) + ending, rows)

    def upsert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], keys: Sequence[str]) -> None:
        """Insert rows; where the key exists the other columns are replaced. Of equal keys the last row wins."""
        others = [column for column in columns if column not in keys]
        action = f"UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in others)}" if others else "NOTHING"
        ending = f" ON CONFLICT ({', '.join(keys)}) DO {action}"
        if self._dialect == "postgresql":
            places = [list(columns).index(key) for key in keys]
            many = list({tuple(row[place] for place in places): row for row in rows}.values())
            if len(many) > _FEW:
                names = ", ".join(columns)
                staged = self._stage(table, columns, many)
                self._driver(f"INSERT INTO {table} ({names}) SELECT {names} FROM {staged}{ending}")
                return
            rows = many
        self._many(self._insert(table, columns) + ending, rows)

    def delete(self, table: str, keys: Sequence[str], values: Iterable[Sequence[Any]]) -> int:
        """Delete the rows with these keys (tuples in the order of `keys`); returns how many there were."""
        if self._dialect == "postgresql":
            many = list(values)
            if len(many) > _FEW:
                staged = self._stage(table, keys, many)
                same = " AND ".join(f"{table}.{key} = {staged}.{key}" for key in keys)
                return self._driver(f"DELETE FROM {table} USING {staged} WHERE {same}")
            values = many
        conditions = " AND ".join(f"{key} = {self._mark}" for key in keys)
        return self._many(f"DELETE FROM {table} WHERE {conditions}", values)

    def replace_days(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], first_day: int, last_day: int
    ) -> None:
        """Replace a summary table's rows that come from events, from one day to another (days are integers).

        Rows whose source is not 'events' stay.
        """
        self.execute(
            f"DELETE FROM {table} WHERE source = 'events' AND record_date >= :first AND record_date <= :last",
            {"first": iso_day(first_day), "last": iso_day(last_day)},
        )
        self.append(table, columns, rows)

    def get(self, name: str) -> str | None:
        """A value of the table `store`; None when it is not there."""
        rows = self.read("SELECT value FROM store WHERE name = :name", {"name": name}).rows
        return str(rows[0][0]) if rows else None

    def set(self, name: str, value: str) -> None:
        """Remember a value in the table `store`."""
        self.upsert("store", ("name", "value"), [(name, value)], ("name",))

    @property
    def _mark(self) -> str:
        return "%s" if self._dialect == "postgresql" else "?"

    def _insert(self, table: str, columns: Sequence[str]) -> str:
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([self._mark] * len(columns))})"

    def _cursor(self) -> Any:
        driver = self._connection.connection.driver_connection
        if driver is None:
            raise StoreUnavailable("The connection to the store was closed.")
        return driver.cursor()

    def _many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        cursor = self._cursor()
        if self._dialect == "sqlite":  # rowcount would count an ignored row, total_changes does not
            before = cursor.connection.total_changes
            cursor.executemany(sql, rows)
            return int(cursor.connection.total_changes - before)
        cursor.executemany(sql, rows)
        return max(int(cursor.rowcount), 0)

    def _driver(self, sql: str) -> int:
        return int(self._cursor().execute(sql).rowcount)

    def _copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        cursor = self._cursor()
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return int(cursor.rowcount)

    def _stage(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
        """Copy rows into a temporary table of the same types, gone with the transaction (PostgreSQL)."""
        self._staged += 1
        name = f"staged_{self._staged}"
        selected = f"SELECT {', '.join(columns)} FROM {table} WITH NO DATA"
        self._driver(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {selected}")
        self._copy(name, columns, rows)
        return name
