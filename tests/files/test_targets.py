"""Where a download goes: a file that appears whole or not at all, or what cannot be replaced, written to directly."""

import errno
import io
import os
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE

from cfimages import InvalidArgumentError
from cfimages.files.targets import open_target, write_all

BYTES = bytes(range(256)) * 1024

not_on_windows = pytest.mark.skipif(os.name == "nt", reason="other modes, and links for administrators")
needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="descriptors have no paths here")


class Asynchronous:
    """A file as aiofiles opens it."""

    async def write(self, data: bytes) -> int:
        raise AssertionError("nobody awaits it")


def write(to: Any, content: bytes = BYTES) -> None:
    with open_target(to) as file:
        for start in range(0, len(content), 65536):
            chunk = content[start : start + 65536]
            assert write_all(file, chunk) == len(chunk)


def write_and_fail(file: Any, error: type[BaseException]) -> None:
    write_all(file, BYTES)
    raise error


@pytest.mark.parametrize("kind", [Path, str])
@pytest.mark.parametrize("before", [None, b"old"])
def test_a_path_appears_whole(kind: Any, before: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    if before is not None:
        path.write_bytes(before)
    with open_target(kind(path)) as file:
        write_all(file, BYTES)
        assert path.exists() is (before is not None)
    assert path.read_bytes() == BYTES
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, OSError])
def test_after_an_error_what_was_there_stays(error: type[BaseException], tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with pytest.raises(error), open_target(path) as file:
        write_and_fail(file, error)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_open_file_is_written_from_where_it_is_and_stays_open() -> None:
    file = io.BytesIO(b"before")
    file.seek(0, io.SEEK_END)
    write(file)
    assert file.getvalue() == b"before" + BYTES


@pytest.mark.parametrize("to", [5, None, object(), io.StringIO(), Asynchronous()])
def test_what_takes_no_bytes_is_refused(to: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^to=.*: must be "):
        open_target(to).__enter__()


@pytest.mark.parametrize("folder", [".", "..", "/"])
def test_a_folder_is_refused(folder: str) -> None:
    with pytest.raises(OSError, match=r"irectory|denied"):
        open_target(folder).__enter__()


@pytest.mark.parametrize("folder", ["missing", "file"])
def test_a_path_that_cannot_be_written_is_named_as_it_was_given(folder: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"no folder")
    path = tmp_path / folder / "a.png"
    with pytest.raises(OSError, match=r"irectory") as caught:
        write(path)
    assert caught.value.filename == str(path)
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


@not_on_windows
@pytest.mark.parametrize("mode", [0o600, 0o666])
def test_the_link_and_the_mode_of_what_is_replaced_stay(mode: int, tmp_path: Path) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    old = folder / "a.png"
    old.write_bytes(b"old")
    old.chmod(mode)
    link.symlink_to(Path("folder", "a.png"))
    write(link)
    assert link.is_symlink()
    assert old.read_bytes() == BYTES
    assert stat.S_IMODE(old.stat().st_mode) == mode
    assert list(folder.iterdir()) == [old]


@pytest.fixture
def umask() -> Iterator[int]:
    """One that leaves more to others than some files do, and less than others."""
    before = os.umask(0o026)
    yield 0o026
    os.umask(before)


@not_on_windows
@pytest.mark.parametrize("mode", [0o600, 0o444, 0o666])
def test_what_replaces_a_file_is_never_open_to_more(
    mode: int, umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def chmod(path: Path, mode: int) -> None:
        created.append(stat.S_IMODE(path.stat().st_mode))
        change(path, mode)

    path, created, change = tmp_path / "a.png", list[int](), Path.chmod
    path.touch()
    path.chmod(mode)
    monkeypatch.setattr(Path, "chmod", chmod)
    write(path)
    assert created == [0o600]
    assert stat.S_IMODE(path.stat().st_mode) == mode


@not_on_windows
def test_a_new_file_has_the_mode_that_the_program_gives_its_files(umask: int, tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o666 & ~umask


@pytest.mark.parametrize("letter", "x本😀")
def test_longest_names_of_files(letter: str, tmp_path: Path) -> None:
    path = tmp_path / (letter * (255 // len(letter.encode())))
    write(path)
    assert path.read_bytes() == BYTES


# --- What cannot be replaced ------------------------------------------------------------------------------------


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the system refuse to replace a file, as it does with a mount point."""

    def replace(path: Path, target: Path) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy", str(path), None, str(target))

    monkeypatch.setattr(Path, "replace", replace)


@pytest.mark.usefixtures("mounted")
def test_a_file_that_is_a_mount_is_written_into(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old and longer" * 100_000)
    inode = path.stat().st_ino
    write(path)
    assert path.read_bytes() == BYTES
    assert path.stat().st_ino == inode
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("mounted")
def test_a_failed_download_leaves_a_mount_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), open_target(path) as file:
        write_and_fail(file, ZeroDivisionError)
    assert path.read_bytes() == b"old"


def test_another_reason_why_a_file_cannot_be_replaced_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace(path: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted", str(path), None, str(target))

    monkeypatch.setattr(Path, "replace", replace)
    path = tmp_path / "a.png"
    with pytest.raises(PermissionError) as caught:
        write(path)
    assert caught.value.filename == str(path)
    assert list(tmp_path.iterdir()) == []


@not_on_windows
def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    path, came = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: came.append(path.read_bytes()), daemon=True)
    reader.start()
    write(path)
    assert stat.S_ISFIFO(path.stat().st_mode)
    reader.join(PATIENCE)
    assert came == [BYTES]


@pytest.mark.parametrize("links", [0, 2])
@pytest.mark.parametrize("folder", ["/proc/self/fd", "/dev/fd"])
def test_an_open_descriptor_is_written_on(folder: str, links: int, tmp_path: Path) -> None:
    """As `/dev/stdout` leads to one, where the output of a program goes to a file."""
    if not Path(folder).is_dir():
        pytest.skip("descriptors have no paths here")
    with (tmp_path / "output").open("wb", buffering=0) as output:
        to = Path(folder, str(output.fileno()))
        for number in range(links):
            (link := tmp_path / str(number)).symlink_to(to)
            to = Path(link.name) if number + 1 < links else link
        output.write(b"before")
        write(to)
        output.write(b"after")
    assert (tmp_path / "output").read_bytes() == b"before" + BYTES + b"after"
    assert len(list(tmp_path.iterdir())) == 1 + links


@needs_proc
def test_a_descriptor_of_another_program_is_appended_to(tmp_path: Path) -> None:
    with (tmp_path / "output").open("ab", buffering=0) as output:
        output.write(b"before")
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=output) as program:
            write(f"/proc/{program.pid}/fd/1")
            program.communicate(b"after", 10)
    assert (tmp_path / "output").read_bytes() == b"before" + BYTES + b"after"


@needs_proc
@pytest.mark.parametrize("name", ["", "..", "none", "123456789"])
def test_a_path_of_no_descriptor_is_refused(name: str) -> None:
    with pytest.raises(OSError, match=r"irectory"):
        write(Path("/proc/self/fd", name))


# --- Writing ----------------------------------------------------------------------------------------------------


class Sips(io.RawIOBase):
    """An unbuffered file, which may take less than it is given."""

    def __init__(self, most: int | None) -> None:
        self.most = most
        self.taken = b""

    def write(self, data: Any) -> int | None:
        self.taken += data[: self.most or 0]
        return None if self.most is None else min(self.most, len(data))


def test_a_file_that_takes_less_at_a_time_gets_all() -> None:
    file = Sips(1000)
    assert write_all(file, BYTES) == len(BYTES)  # type: ignore[arg-type]  # less than a BinaryIO
    assert file.taken == BYTES


def test_a_file_that_takes_nothing_is_an_error() -> None:
    with pytest.raises(BlockingIOError, match="takes no bytes now"):
        write_all(Sips(None), BYTES)  # type: ignore[arg-type]  # as above


def test_a_file_that_does_not_count_is_believed() -> None:
    pieces: list[bytes] = []

    class Uncounted:
        write = pieces.append

    assert write_all(Uncounted(), BYTES) == len(BYTES)  # type: ignore[arg-type]  # as above
    assert pieces == [BYTES]


@pytest.fixture
def full() -> Iterator[None]:
    """A limit of what can be written to a file, which fails as a full disk does."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@not_on_windows
@pytest.mark.usefixtures("full")
def test_a_full_disk_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="too large") as caught:
        write(path)
    assert caught.value.filename == str(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("opened", [False, True])
def test_a_device_that_is_full_is_named(opened: bool) -> None:
    to: Any = open("/dev/full", "wb", buffering=0) if opened else "/dev/full"  # noqa: PTH123, SIM115 - closed below
    with pytest.raises(OSError, match="No space left") as caught:
        write(to)
    assert caught.value.filename == "/dev/full"
    if opened:
        to.close()


def test_an_error_of_a_file_without_a_name_stays_as_it_is() -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left") as caught:
        write(Full())
    assert caught.value.filename is None


def test_a_file_that_is_closed_or_opened_for_reading_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with path.open("wb") as closed:
        pass
    with path.open("rb") as read_only:
        for to, problem in ((closed, "is closed"), (read_only, "is opened for reading: open it in binary mode")):
            with pytest.raises(InvalidArgumentError, match=rf"^to=.*a\.png'>: {problem}"):
                open_target(to).__enter__()


def test_an_empty_path_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"^to='': is empty: pass the path of a file$"):
        open_target("").__enter__()
