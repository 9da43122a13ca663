"""Event files: byte for byte what TensorBoard's own writer makes, and readable by TensorBoard where it is installed."""

import math

import pytest

from dbl_core.errors import RunError
from dbl_core.runs import event_file
from dbl_core.runs.event_file import Scalar
from dbl_core.runs.outcome import Epoch
from dbl_core.runs.paths import RunPaths
from tests.fake_runs import BCE, write_run

SCALARS = (
    Scalar("map/tail", 1700000000.5, 121, 0.25),
    Scalar("ap/diningtable é", 1700000001.0, 2**40, 1e-9),
    Scalar("loss/train", 0.5, 1, -3.0),
)
# Written by tensorboard 2.21: RecordWriter, event_pb2.Event and summary_pb2.Summary.Value(simple_value=...).
REFERENCE = (
    "1800000000000000a37f4b220900000040fc54d9411a0d627261696e2e4576656e743a32eced8f9d1e00000000000000"
    "d9dc12320900002040fc54d94110792a110a0f0a086d61702f7461696c150000803e3d110fa32c00000000000000f4ae"
    "cc450900004040fc54d941108080808080202a1a0a180a1161702f64696e696e677461626c6520c3a9155f708930c2d8"
    "c9f0200000000000000029eda95009000000000000e03f10012a130a110a0a6c6f73732f747261696e15000040c0f4a6"
    "5eaf"
)


def test_the_checksum_is_castagnoli():
    assert event_file.crc32c(b"123456789") == 0xE3069283
    assert event_file.crc32c(b"") == 0
    assert event_file.crc32c(bytes(32)) == 0x8A9136AA


def test_records_are_those_of_the_real_writer():
    assert event_file.encoded_events(SCALARS, started_at=1700000000.0).hex() == REFERENCE


def test_the_curves_of_a_run(tmp_path):
    folder = write_run(tmp_path / "a run\n'x'")
    path, count = event_file.write_event_file(folder, tmp_path / "out")
    assert path.parent == tmp_path / "out" / "a_run_x"
    assert path.name.startswith("events.out.tfevents.")
    assert count == 8 * (4 + 2 + 1 + 20 + 11)  # mAP, losses, rate, AP, weights and gradients, one of which is undefined
    before = path.read_bytes()
    assert before.count(b"ap/aeroplane") == 8
    assert event_file.write_event_file(folder, tmp_path / "out") == (path, count)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_classes_have_numbers_where_no_result_names_them(tmp_path):
    folder = write_run(tmp_path / "run", BCE, state="stopped", n_epochs=1)
    path, _ = event_file.write_event_file(folder, tmp_path / "out")
    assert b"ap/19" in path.read_bytes()


def test_what_no_chart_can_hold_is_left_out():
    epoch = Epoch(epoch=3, step=10**12, train_loss=1e300, test_loss=math.nan, map={"total": 0.5, "tail": math.inf})
    (found,) = event_file.scalars_of((epoch,), labels=(), started_at=5.0)
    assert found == Scalar("map/total", 5.0, 10**12, 0.5)


def test_a_run_without_an_epoch(tmp_path):
    folder = write_run(tmp_path / "run", BCE, state="failed", n_epochs=0)
    with pytest.raises(RunError, match="no finished epoch yet"):
        event_file.write_event_file(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nowhere_to_write(tmp_path):
    folder = write_run(tmp_path / "run", BCE, state="stopped", n_epochs=1)
    with pytest.raises(RunError, match="cannot write"):
        event_file.write_event_file(folder, RunPaths(folder).config)


@pytest.mark.filterwarnings("ignore")  # of TensorBoard's own modules
def test_tensorboard_reads_it(tmp_path):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="no TensorBoard here")
    folder = write_run(tmp_path / "run")
    path, count = event_file.write_event_file(folder, tmp_path / "out")
    events = reader.EventAccumulator(str(path.parent), size_guidance={reader.SCALARS: 0})
    events.Reload()
    tags = events.Tags()["scalars"]
    assert sum(len(events.Scalars(tag)) for tag in tags) == count
    assert [point.step for point in events.Scalars("map/tail")] == [121 * epoch for epoch in range(1, 9)]
