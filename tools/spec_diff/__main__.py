"""Compare Cloudflare's published OpenAPI document with openapi.yaml.

Exits with 0 if every difference is explained in spec-deviations.yml, with 1 if one is not or an explanation is stale,
with 2 if something cannot be read.
"""

import argparse
import sys
from pathlib import Path

from . import comparison, deviations, loading, wire
from .paste import Paster
from .report import Report

ROOT = Path(__file__).resolve().parent.parent.parent


def diff(ours: loading.Document, published: loading.Document, kept: deviations.Deviations) -> Report:
    """The report of a comparison. Raises InputError if a document cannot be understood."""
    mine = wire.read(ours)
    if ours.warnings:
        raise loading.InputError(f"{ours.name}: {ours.warnings[0]}")
    every = wire.read(published)
    theirs = {key: node for key, node in every.items() if kept.counts(node.label)}
    judged = deviations.judge(comparison.compare(mine, theirs), kept, [node.label for node in every.values()])
    paster = Paster(ours, comparison.correspondences(mine, theirs))
    return Report(ours, published, kept, judged, paster, comparison.shares(mine, theirs))


def main(words: list[str] | None = None) -> int:
    """Compare, print, and say by the exit code what came of it."""
    parser = argparse.ArgumentParser(prog="spec-diff", description=__doc__)
    parser.add_argument("upstream", help="the published document: a file or a URL, JSON or YAML")
    parser.add_argument("--spec", type=Path, default=ROOT / "openapi.yaml", help="ours (default: openapi.yaml)")
    parser.add_argument("--deviations", type=Path, default=ROOT / "spec-deviations.yml", help="what differs on purpose")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="for people or for machines")
    options = parser.parse_args(words)
    try:
        kept = deviations.load(options.deviations)
        report = diff(loading.load(str(options.spec)), loading.load(options.upstream), kept)
    except loading.InputError as error:
        print(f"spec-diff: {error}", file=sys.stderr)
        return 2
    except RecursionError:
        print(f"spec-diff: {options.upstream}: nested too deeply", file=sys.stderr)
        return 2
    sys.stdout.write(report.json() if options.format == "json" else report.text())
    return 0 if report.clean else 1


if __name__ == "__main__":
    sys.exit(main())
