"""Imports from folders that stand for buckets, through the client."""

import io
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from patience import PATIENCE
from pictures import PNG
from sandbox.calls import refused
from systems import needs_links, needs_names_that_are_no_text

from cfimages import CloudflareImages, ConflictError, NotFoundError
from cfimages.sandbox import Sandbox, __main__
from cfimages.sandbox.fetch import MAX_FILE_BYTES
from cfimages.sandbox.imports import running, state
from cfimages.sandbox.imports.buckets import CONTENT_TYPES

SECRET = {"accessKeyId": "id", "secretAccessKey": "key"}
GIF = b"GIF89a"


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the bucket `photos`."""
    return tmp_path_factory.mktemp("photos")


@pytest.fixture(scope="module")
def sandbox(bucket: Path) -> Iterator[Sandbox]:
    with Sandbox(buckets={"photos": bucket}) as running:
        yield running


@pytest.fixture
def images(sandbox: Sandbox, account: str) -> Iterator[CloudflareImages]:
    with sandbox.client(account) as client:
        yield client


@pytest.fixture
def objects(bucket: Path) -> Iterator[Path]:
    """The folder of the bucket with a few images in it."""
    put(bucket, {"a.png": PNG, "2026/b.GIF": GIF, "2026/c.png": PNG})
    yield bucket
    for file in [each for each in bucket.rglob("*") if not each.is_dir()]:
        file.unlink()


def put(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)


def imported(images: CloudflareImages, bucket: str = "photos", **arguments: Any) -> str:
    """Import a bucket, and return the id of the import when it has ended."""
    source = images.imports.sources.create("photos", bucket=bucket, vendor="s3", secret=SECRET)
    job = images.imports.create(source.id, **arguments)
    assert images.imports.start(job.id).status == "processing"
    images.imports.wait(job.id, timeout=PATIENCE, every=0.01)
    return job.id


def ids(images: CloudflareImages) -> list[str]:
    return [image.id for image in images.list(sort_order="asc")]


def downloaded(images: CloudflareImages, id: str) -> bytes:
    images.download(id, to := io.BytesIO())
    return to.getvalue()


def counts(images: CloudflareImages, job: str) -> dict[str, int]:
    """The counts of an import that are not 0."""
    progress = images.imports.progress(job)
    found = {name: getattr(progress, name) for name in dir(progress) if name.endswith("_count")}
    return {name.removesuffix("_count"): count for name, count in found.items() if count}


def logged(images: CloudflareImages, job: str) -> list[tuple[str | None, str | None]]:
    return [(entry.log_type, entry.msg) for entry in images.imports.logs(job)]


def test_every_file_of_the_folder_becomes_an_image(images: CloudflareImages, objects: Path) -> None:
    job = imported(images)
    assert ids(images) == ["2026/b.GIF", "2026/c.png", "a.png"]
    assert downloaded(images, "a.png") == PNG
    assert images.get("2026/c.png").filename == "c.png"
    done, progress = images.imports.get(job), images.imports.progress(job)
    assert (done.status, done.conflict_behaviour, done.log_stopped) == ("success", "skip", False)
    assert (progress.status, progress.is_accurate, progress.finished) == ("success", True, True)
    assert counts(images, job) == {"scanned": 3, "import_success": 3}
    assert logged(images, job) == [
        ("migrationStart", "The import has started"),
        ("migrationComplete", "The import is complete"),
    ]
    times = [entry.created_at for entry in images.imports.logs(job)]
    assert times == [done.started_at, done.ended_at] == [progress.started_at, progress.ended_at]
    assert times[0] != times[1]


def test_a_prefix_goes_before_the_ids_of_a_part_of_the_bucket(images: CloudflareImages, objects: Path) -> None:
    job = images.imports.get(imported(images, path_prefix="from-s3/", root_directory="2026/b"))
    assert ids(images) == ["from-s3/2026/b.GIF"]
    assert (job.path_prefix, job.images_path_prefix, job.root_directory) == ("from-s3/", "from-s3/", "2026/b")


@needs_links
def test_what_cannot_be_imported_is_counted_and_logged(images: CloudflareImages, objects: Path) -> None:
    put(objects, {"broken.png": b"text", "notes.txt": b"text", "large.jpg": bytes(MAX_FILE_BYTES + 1)})
    put(objects, {"00000000-0000-0000-0000-000000000000.png": PNG, "other.gif": GIF})
    (objects / "gone.png").symlink_to(objects / "nowhere")
    job = imported(images, excluded_content_types=["image/gif"])
    assert ids(images) == ["00000000-0000-0000-0000-000000000000.png", "2026/c.png", "a.png"]
    assert counts(images, job) == {
        "scanned": 8,
        "import_success": 3,
        "skipped_excluded_content_type": 2,
        "skipped_invalid_media": 1,
        "skipped_oversize": 1,
        "skipped_unsupported_content_type": 1,
    }
    log = logged(images, job)[1:-1]
    assert [(kind, str(message).partition(":")[0]) for kind, message in log] == [
        ("importSkippedExcludedContentType", "2026/b.GIF"),
        ("importSkippedInvalidMedia", "broken.png"),
        ("importSkippedOversized", "large.jpg"),
        ("importSkippedUnsupportedContentType", "notes.txt"),
        ("importSkippedExcludedContentType", "other.gif"),
    ]
    assert log[0][1] == "2026/b.GIF: image/gif is excluded"
    assert images.imports.get(job).excluded_content_types == ("image/gif",)


@needs_names_that_are_no_text
def test_names_that_cannot_be_ids_are_counted(images: CloudflareImages, objects: Path) -> None:
    put(objects, {"\udcff.png": PNG})
    assert counts(images, imported(images, path_prefix="/")) == {"scanned": 4, "skipped_invalid_name": 4}
    job = imported(images)
    assert counts(images, job) == {"scanned": 4, "import_success": 3, "skipped_invalid_name": 1}
    assert len(logged(images, job)) == 2


@pytest.mark.parametrize(
    ("behaviour", "expected", "content"),
    [
        ("skip", {"scanned": 3, "import_success": 2, "skipped_conflict": 1}, GIF),
        ("overwrite", {"scanned": 3, "import_success": 3}, PNG),
    ],
)
def test_an_image_that_exists_is_left_or_replaced(
    images: CloudflareImages, objects: Path, behaviour: str, expected: dict[str, int], content: bytes
) -> None:
    images.upload(GIF, id="a.png", metadata={"status": "active"})
    job = imported(images, conflict_behaviour=behaviour)
    assert counts(images, job) == expected
    assert downloaded(images, "a.png") == content
    assert images.get("a.png").meta == ({"status": "active"} if behaviour == "skip" else {})
    assert len(ids(images)) == 3


def test_a_file_that_cannot_be_read_does_not_end_the_import(
    images: CloudflareImages, objects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def failing(file: Path) -> bytes:
        if file.name == "a.png":
            raise PermissionError(13, "Permission denied")
        return read(file)

    monkeypatch.setattr(Path, "read_bytes", failing)
    job = imported(images)
    assert images.imports.get(job).status == "success"
    assert counts(images, job) == {"scanned": 3, "import_success": 2, "import_errors": 1}
    entry = ("importErrorRetryExhaustion", "a.png: it cannot be read: Permission denied")
    assert entry in logged(images, job)


def test_a_bucket_that_is_not_there_ends_the_import(images: CloudflareImages) -> None:
    job = imported(images, bucket="others")
    assert images.imports.get(job).status == "error"
    assert logged(images, job)[-1] == (
        "migrationError",
        "the sandbox has no bucket 'others': start it with --bucket others=FOLDER",
    )


def test_a_failure_of_the_sandbox_ends_the_import(
    images: CloudflareImages, objects: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(folder: str, *_: Any, onerror: Any) -> None:
        onerror(PermissionError(13, "Permission denied"))

    monkeypatch.setattr("os.walk", failing)
    job = imported(images)
    assert images.imports.get(job).status == "error"
    assert logged(images, job)[-1] == ("migrationError", "The import failed: [Errno 13] Permission denied")
    assert "an import failed" in caplog.text


def test_a_long_log_is_cut(images: CloudflareImages, objects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "MAX_LOGGED", 2)
    put(objects, {f"{n}.txt": b"" for n in range(4)})
    job = imported(images)
    assert images.imports.get(job).log_stopped
    assert counts(images, job)["skipped_unsupported_content_type"] == 4
    kinds = [kind for kind, _ in logged(images, job)]
    assert kinds == ["migrationStart", *["importSkippedUnsupportedContentType"] * 2, "migrationComplete"]


class Held:
    """Has an import wait at its first object."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waits, self.goes_on = threading.Event(), threading.Event()
        monkeypatch.setattr(running, "image_bytes", self._read)

    def _read(self, content: bytes) -> bytes:
        self.waits.set()
        self.goes_on.wait(PATIENCE)
        return content

    def go_on(self) -> None:
        """Let it go on, and wait until its thread has ended."""
        self.goes_on.set()
        for thread in threading.enumerate():
            if thread.name == "cfimages-sandbox-import":
                thread.join(PATIENCE)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    held = Held(monkeypatch)
    yield held
    held.go_on()


def test_the_states_of_an_import(images: CloudflareImages, objects: Path, held: Held) -> None:
    imports = images.imports
    source = imports.sources.create("photos", bucket="photos", vendor="s3", secret=SECRET)
    job = imports.create(source.id)
    assert (job.status, job.source_id, job.started_at, job.ended_at) == ("pending", source.id, None, None)
    for refusal in (imports.abort, imports.delete):
        with pytest.raises(ConflictError, match="The import is pending"):
            refusal(job.id)
    with pytest.raises(ConflictError, match="used by an import that has not ended"):
        imports.sources.delete(source.id)

    started = imports.start(job.id)
    held.waits.wait(PATIENCE)
    assert imports.get(job.id) == started
    assert (started.status, started.ended_at, counts(images, job.id)) == ("processing", None, {})
    for refusal in (imports.start, imports.delete):
        with pytest.raises(ConflictError, match="The import is processing"):
            refusal(job.id)
    with pytest.raises(ConflictError, match="used by an import that has not ended"):
        imports.sources.delete(source.id)

    aborted = imports.abort(job.id)
    held.go_on()
    assert imports.wait(job.id).status == aborted.status == "aborted"
    assert aborted.ended_at is not None
    assert (ids(images), counts(images, job.id)) == ([], {})
    assert [kind for kind, _ in logged(images, job.id)] == ["migrationStart", "migrationAbort"]
    for refusal in (imports.start, imports.abort):
        with pytest.raises(ConflictError, match="The import is aborted"):
            refusal(job.id)

    imports.sources.delete(source.id)
    assert imports.get(job.id).source_id is None
    imports.delete(job.id)
    assert list(imports.list()) == []
    for missing in (
        imports.get,
        imports.start,
        imports.progress,
        imports.delete,
        lambda job: imports.logs(job).take(1),
    ):
        with pytest.raises(NotFoundError):
            missing(job.id)


def test_a_sandbox_that_stops_aborts_its_imports(tmp_path: Path, held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    end = state.Import.end
    ended: list[str] = []

    def ending(job: state.Import, *arguments: Any) -> None:
        end(job, *arguments)
        ended.append(job.status)
        held.goes_on.set()

    monkeypatch.setattr(state.Import, "end", ending)
    put(tmp_path, {"photos/a.png": PNG})
    sandbox = Sandbox(tmp_path / "db.sqlite", buckets={"photos": tmp_path / "photos"})
    before = threading.active_count()
    with sandbox, sandbox.client() as images:
        source = images.imports.sources.create("photos", bucket="photos", vendor="s3", secret=SECRET)
        images.imports.start(images.imports.create(source.id).id)
        images.imports.create(source.id)
        held.waits.wait(PATIENCE)
    assert ended[:2] == ["aborted", "pending"]
    assert threading.active_count() == before
    with sandbox, sandbox.client() as images:
        assert ids(images) == []
        assert list(images.imports.list()) == list(images.imports.sources.list()) == []


def test_sources(images: CloudflareImages, sandbox: Sandbox) -> None:
    sources = images.imports.sources
    first = sources.create("photos", bucket="photos", vendor="s3", secret=SECRET)
    second = sources.create("old photos", bucket="others", vendor="r2", secret=SECRET, account="acc")
    third = sources.create("drawings", bucket="photos", vendor="s3", secret=SECRET)
    assert (first.name, first.bucket, first.vendor, first.region) == ("photos", "photos", "s3", None)
    assert first.created_at == first.updated_at is not None
    assert list(sources.list()) == list(sources.list(per_page=1)) == [first, second, third]
    assert list(sources.list(name="photo")) == [first, second]
    sandbox.clock.advance(1)
    renamed = sources.rename(second.id, "ancient")
    assert renamed == sources.get(second.id)
    assert (renamed.name, renamed.created_at) == ("ancient", second.created_at)
    assert renamed.updated_at != renamed.created_at
    sources.delete(first.id)
    assert list(sources.list()) == [renamed, third]
    with pytest.raises(NotFoundError, match="Import source not found"):
        sources.get(first.id)
    with pytest.raises(NotFoundError, match="Import source not found"):
        images.imports.create(first.id)


def test_pages_of_imports_and_logs(images: CloudflareImages) -> None:
    job = imported(images, bucket="others")
    other = images.imports.create(images.imports.sources.list().take(1)[0].id)
    assert [each.id for each in images.imports.list(per_page=1)] == [job, other.id]
    assert len(list(images.imports.logs(job, per_page=1))) == 2


def test_connectivity(images: CloudflareImages, tmp_path: Path) -> None:
    sources = images.imports.sources
    ok = sources.precheck(bucket="photos", vendor="r2", secret=SECRET, account="acc")
    assert (ok.ok, ok.code, ok.reason) == (True, None, None)
    assert sources.check(sources.create("a", bucket="photos", vendor="s3", secret=SECRET).id) == ok
    unknown = sources.precheck(bucket="others", vendor="s3", secret=SECRET, region="eu-west-1")
    assert (unknown.ok, unknown.code) == (False, "NoSuchBucket")
    assert unknown.reason == "the sandbox has no bucket 'others': start it with --bucket others=FOLDER"
    (folder := tmp_path / "folder").mkdir()
    with Sandbox(buckets={"photos": folder}) as sandbox, sandbox.client() as of_another:
        folder.rmdir()
        gone = of_another.imports.sources.precheck(bucket="photos", vendor="s3", secret=SECRET)
    assert (gone.ok, gone.code) == (False, "AccessDenied")
    assert gone.reason == "the folder of bucket 'photos' cannot be read: No such file or directory"


SOURCE = {"name": "a", "bucket": "photos", "vendor": "s3", "secret": SECRET}


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("sources", {**SOURCE, "name": ""}, "name must be text of 1 to 128 characters"),
        ("sources", {**SOURCE, "bucket": "a" * 129}, "bucket must be text of 1 to 128 characters"),
        ("sources", {**SOURCE, "vendor": "gcs"}, "vendor must be one of s3, r2"),
        ("sources", {**SOURCE, "secret": "key"}, "secret must be a JSON object"),
        ("sources", {**SOURCE, "vendor": "r2"}, "a bucket of R2 needs account"),
        ("sources", {**SOURCE, "account": "a/b"}, "account must be an id of 1 to 32 characters"),
        ("sources", {**SOURCE, "account": 5}, "account must be an id of 1 to 32 characters"),
        ("sources", {**SOURCE, "region": "eu"}, "unknown field `region`"),
        ("sources/connectivity-precheck", {**SOURCE}, "unknown field `name`"),
        (
            "sources/connectivity-precheck",
            {"bucket": "photos", "vendor": "s3", "secret": {}, "region": "~"},
            "region must be small letters, digits and hyphens, such as eu-west-1",
        ),
        ("migrations", {"conflictBehaviour": "ask"}, "conflictBehaviour must be one of skip, overwrite"),
        (
            "migrations",
            {"excludedContentTypes": [["image/gif"]]},
            f"excludedContentTypes must be a list of {', '.join(sorted(CONTENT_TYPES))}",
        ),
        ("migrations", {}, "sourceId must be text of 1 to 128 characters"),
        ("migrations", {"sourceId": 5}, "sourceId must be text of 1 to 128 characters"),
        ("migrations", {"pathPrefix": ""}, "pathPrefix must be text of 1 to 128 characters"),
        ("migrations", {"rootDirectory": None}, "rootDirectory must be text of 1 to 128 characters"),
    ],
)
def test_bodies_that_are_refused(http: httpx.Client, path: str, body: dict[str, Any], message: str) -> None:
    assert refused(http.post(f"/v2/sourcingkit/{path}", json=body)) == (400, 5400, f"Bad request: {message}")


def test_requests_that_are_refused(http: httpx.Client) -> None:
    for query in ({"offset": "-1"}, {"limit": "0"}, {"limit": "101"}):
        assert refused(http.get("/v2/sourcingkit/sources", params=query))[:2] == (400, 5400)
    assert refused(http.post("/v2/sourcingkit/migrations", json={"sourceId": "x"}))[:2] == (404, 5404)
    assert refused(http.get("/v2/sourcingkit/sources/connectivity-precheck"))[:2] == (405, 10000)
    for path in (
        "sourcingkit",
        "sourcingkit/jobs",
        "sourcingkit/sources/a/logs",
        "sourcingkit/migrations/a/lifecycle/x",
    ):
        assert refused(http.get(f"/v2/{path}"))[:2] == (404, 7003)


def test_the_command_line_takes_buckets(
    bucket: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons: list[str | None] = []

    def ask() -> None:
        url = next(line.split("=")[1] for line in capsys.readouterr().out.splitlines() if "BASE_URL" in line)
        with CloudflareImages("sandbox", api_token="any", base_url=url) as images:
            check = images.imports.sources.precheck
            names = ("photos", "more", "others")
            reasons.extend(check(bucket=name, vendor="s3", secret=SECRET).code for name in names)

    monkeypatch.setattr(__main__, "wait", ask)
    __main__.main(["--port", "0", "--bucket", f"photos={bucket}", "--bucket", f"more={bucket}"])
    assert reasons == [None, None, "NoSuchBucket"]


@pytest.mark.parametrize("text", ["photos", "=folder", "photos="])
def test_the_command_line_refuses_what_is_no_bucket(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        __main__.main(["--port", "0", "--bucket", text])
    assert f"{text!r} is not a bucket: give NAME=FOLDER, such as photos=./photos" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "a" * 129])
def test_a_bucket_has_a_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a name has 1 to 128 characters"):
        Sandbox(buckets={name: tmp_path})


def test_a_bucket_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^bucket 'photos': .*nowhere is no folder"):
        Sandbox(buckets={"photos": tmp_path / "nowhere"})
