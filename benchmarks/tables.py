"""Results as Markdown tables: for the terminal, and for docs/performance.md."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.goals import GOALS
from benchmarks.results import Results
from benchmarks.suite import (
    ASYNC_HTTPX,
    ASYNC_OFFICIAL,
    ASYNC_SPEED,
    CONNECT,
    FLOOR,
    HTTPX,
    OFFICIAL,
    PLAIN,
    SIZES,
    SPEED,
    of_size,
)


@dataclass(frozen=True)
class Column:
    """A metric: its title, and how it is written."""

    metric: str
    title: str
    form: str


@dataclass(frozen=True)
class Ratio:
    """A metric as a multiple of what another contestant has in the same case, or the same one in another case."""

    metric: str
    title: str
    to: str | None
    """None: the contestant itself."""
    to_case: str | None = None


_WALL = Column("wall", "process, ms", "{:,.0f}")
_CPU = Column("cpu", "CPU, ms", "{:,.0f}")
_PEAK = Column("peak", "peak, MiB", "{:,.1f}")
_REQUESTS = Column("requests", "requests", "{:.0f}")

_TO_EACH_COLOUR = tuple(Ratio("wall", f"process to {who}", who) for who in (SPEED, ASYNC_SPEED))

# Of each section: its columns, by the metrics that its rows may have.
COLUMNS: dict[str, tuple[Column | Ratio, ...]] = {
    "size": (
        Column("megabytes", "MB", "{:.1f}"),
        Column("distributions", "packages", "{:.0f}"),
        Ratio("megabytes", f"MB to {OFFICIAL}", OFFICIAL),
    ),
    "start": (
        Column("import", "ready, ms", "{:.0f}"),
        Column("modules", "modules", "{:.0f}"),
        Column("first", "first page, ms", "{:.0f}"),
        _WALL,
        _CPU,
        Ratio("import", f"ready to {OFFICIAL}", OFFICIAL),
        Ratio("wall", f"process to {OFFICIAL}", OFFICIAL),
    ),
    "request": (
        Column("request", "request, µs", "{:.0f}"),
        Column("request_cpu", "CPU, µs", "{:.0f}"),
        *(Ratio("request_cpu", f"CPU to {who}", who) for who in (HTTPX, OFFICIAL, ASYNC_HTTPX, ASYNC_OFFICIAL)),
    ),
    "walk": (
        _WALL,
        _CPU,
        _PEAK,
        Column("page", "page, ms", "{:.2f}"),
        Column("page_cpu", "page CPU, ms", "{:.2f}"),
        Ratio("wall", f"process to {OFFICIAL}", OFFICIAL),
        Ratio("wall", f"process to {FLOOR}", FLOOR),
        Ratio("cpu", f"CPU to {OFFICIAL}", OFFICIAL),
        Ratio("page", f"page to {OFFICIAL}", OFFICIAL),
        Ratio("peak", f"peak to {OFFICIAL}", OFFICIAL),
    ),
    "growth": (
        Column("image", "per image, µs", "{:.2f}"),
        Column("image_cpu", "CPU per image, µs", "{:.2f}"),
        _PEAK,
        Ratio("image_cpu", f"CPU to {of_size(SIZES[0])}", None, of_size(SIZES[0])),
    ),
    "latency": (_WALL, _CPU, _REQUESTS, Ratio("wall", f"process to {SPEED}", SPEED)),
    "ends": (_WALL, _CPU, _PEAK, _REQUESTS, *_TO_EACH_COLOUR),
    "ahead": (_WALL, _CPU, _REQUESTS, *_TO_EACH_COLOUR),
    "transfer": (_PEAK, Ratio("peak", f"peak to {CONNECT}", PLAIN, CONNECT)),
}


def section_table(results: Results, section: str) -> str:
    """All rows of a section: the medians, and the medians of the ratios of each round."""
    if section not in results.rows:
        return "Not measured yet."
    columns = COLUMNS[section]
    rows = [
        [case, who, *(_cell(results, section, case, who, column) for column in columns)]
        for case, contestants in results.rows[section].items()
        for who in contestants
    ]
    return table(["", "", *(column.title for column in columns)], rows)


def _cell(results: Results, section: str, case: str, who: str, column: Column | Ratio) -> str:
    if isinstance(column, Column):
        value, form = results.median(section, case, who, column.metric), column.form
    else:
        to = column.to or who
        value, form = results.ratio(section, case, who, column.metric, to=to, to_case=column.to_case), "{:.2f}"
    return "" if value is None else form.format(value)


def goals_table(results: Results) -> str:
    """Every goal that was measured, and whether it is reached."""
    rows = []
    for goal in GOALS:
        value = goal.measured(results)
        if value is not None:
            bound = f"at {'least' if goal.is_least else 'most'} {goal.bound:g}"
            withdrawn = "" if goal.withdrawn is None else f"{goal.withdrawn:g}"
            rows.append([goal.what, f"{value:.2f}", bound, "yes" if goal.is_reached(value) else "**no**", withdrawn])
    return table(["", "measured", "goal", "reached", "first goal"], rows)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table that is also readable as text: numbers on the right."""
    lines = [list(titles), *map(list, rows)]
    used = [n for n in range(len(titles)) if n == 0 or any(line[n] for line in lines[1:])]
    widths = {n: max(3, *(len(line[n]) for line in lines)) for n in used}
    is_text = {n: not titles[n] for n in used}

    def written(line: Sequence[str]) -> str:
        cells = (line[n].ljust(widths[n]) if is_text[n] else line[n].rjust(widths[n]) for n in used)
        return f"| {' | '.join(cells)} |"

    ruler = ("-" * widths[n] if is_text[n] else "-" * (widths[n] - 1) + ":" for n in used)
    return "\n".join([written(lines[0]), f"| {' | '.join(ruler)} |", *map(written, lines[1:])])
