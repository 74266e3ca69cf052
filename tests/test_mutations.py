"""The specification changes, the pipeline runs: every change is absorbed, or reported by name."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from following import CHECKS, ROOT
from mutations import MUTATIONS, Document, Mutation
from specs import load

DOCUMENT = load(ROOT / "openapi.yaml")
UNCHANGED = Mutation("nothing", lambda document: None)


def generated(document: Document, folder: Path) -> str:
    """Write the project's description and generate, as `make generate` does; gives what the generator complains of."""
    folder.mkdir()
    (folder / "openapi.yaml").write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    shutil.copy(ROOT / "generator-config.yml", folder)
    command = [sys.executable, str(ROOT / "tools" / "generate.py"), "--root", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def with_generated(folder: Path) -> dict[str, str]:
    """The environment in which the generated package of a folder is the one that is found."""
    path = os.pathsep.join(map(str, (folder / "generated", ROOT / "facade", ROOT / "tests")))
    return {**os.environ, "PYTHONPATH": path}


def reports(document: Document, folder: Path) -> dict[str, list[str]]:
    """What the pipeline says of a description, by the name of what says it."""
    if complaint := generated(document, folder):
        return {"generator": [complaint]}
    command = [sys.executable, "-W", "error", "-m", "following", str(folder)]
    done = subprocess.run(command, env=with_generated(folder), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name: lines for name, lines in json.loads(done.stdout).items() if lines}


Reports = dict[str, Future[dict[str, list[str]]]]


@pytest.fixture(scope="module")
def pipeline(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reports]:
    """The reports of the mutations that are to be tested, each on a copy of its own, on all cores."""
    folder = tmp_path_factory.mktemp("mutated")
    chosen = [item.callspec.params["mutation"] for item in request.session.items if "mutation" in vars(item).get("fixturenames", ()) and item.path == request.path]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {
            mutation.name: pool.submit(reports, mutation.applied(DOCUMENT), folder / mutation.name)
            for mutation in chosen
        }


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_change_is_absorbed_or_reported(mutation: Mutation, pipeline: Reports, tmp_path_factory) -> None:
    found = pipeline[mutation.name].result()
    print(json.dumps(found, indent=1))
    assert found.keys() == mutation.reported.keys(), found
    for check, words in mutation.reported.items():
        assert any(words in line for line in found[check]), found[check]
