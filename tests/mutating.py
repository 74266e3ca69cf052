"""A process that forks: each child generates from a changed openapi.yaml and says what the checks find.

It reads the path of a folder in each line, and answers with the exit status of its child. What was found is in
`reports.json` in that folder. What a child imports takes longer than its work, so that it is imported here, but for
what is generated and what imports that.
"""

import gc
import json
import os
import sys
import traceback
import warnings
from pathlib import Path

import dateutil.parser  # noqa: F401 - used in each child, like those below
import following
import generate
import python_multipart  # noqa: F401
import starlette.formparsers
import starlette.responses  # noqa: F401
import uvicorn.protocols.http.h11_impl  # noqa: F401
from specs import load


def found(folder: Path) -> following.Reports:
    """What `make generate` and the checks say of the description in a folder, by the name of what says it."""
    sys.argv[1:] = ["--root", str(folder)]
    try:
        generate.main()
    except SystemExit as complaint:
        return {"generator": [str(complaint)]}
    sys.path.insert(0, str(folder / "generated"))
    return following.report(folder)


def learn() -> None:
    """Note what the sandbox heeds of the description as it is, so that children ask only for what has changed."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        try:
            facade = following.Facade(load(following.ROOT / "openapi.yaml"))
            if not any(following.the_sandbox_heeds_every_input(facade)):
                with os.fdopen(writer, "w", encoding="utf-8") as learnt:
                    json.dump(following.heeded(facade), learnt)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as learnt:
        following.HEEDED.update(json.loads(learnt.read() or "[]"))
    os.wait()


def main() -> None:
    assert not {"cfimages", "cfimages_api"} & sys.modules.keys()
    following.taken()
    learn()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is written
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            gc.disable()  # it ends soon
            try:
                warnings.simplefilter("error")
                folder = Path(line.rstrip("\n"))
                (folder / "reports.json").write_text(json.dumps(found(folder)), "utf-8")
            except BaseException:  # noqa: BLE001 - shown where the child is waited for
                (folder / "reports.json").write_text(json.dumps(traceback.format_exc()), "utf-8")
                os._exit(1)
            os._exit(0)
        answers.write(f"{os.waitpid(child, 0)[1]}\n")
        answers.flush()


if __name__ == "__main__":
    main()
