"""A public lab under attack: by links, by uploads, by requests that no form would send; nobody else comes to harm."""

import http.client
import re
import sys
from urllib.parse import quote, urlsplit

import pytest

from dbl_core.config import RunConfig
from dbl_core.hosting import LIMITS
from dbl_core.runs import paths, process, store
from tests.browser.test_story import Visitor
from tests.fake_runs import write_run

pytestmark = pytest.mark.browser

ENTRY = "deploy/streamlit-cloud/streamlit_app.py"
WAIT = [sys.executable, "-c", "import time; time.sleep(300)"]
LABELS = "id,split,zebrafish,dog\n" + "".join(f"{n},{'train' if n % 3 else 'test'},{n % 2},1\n" for n in range(30))


@pytest.fixture(scope="module")
def lab(served, tmp_path_factory):
    folder = tmp_path_factory.mktemp("public")
    with served(folder / "runs", entry=ENTRY, DBL_DATA_DIR=str(folder / "data")) as address:
        yield address, folder
    for run in (run for each in paths.visitors_dir(folder / "runs").iterdir() for run in store.list_runs(each)):
        process.stop(run.folder, grace_s=0.0)


@pytest.fixture
def visitors(browser, lab):
    """Two people with a browser each."""
    contexts = [browser.new_context(viewport={"width": 1300, "height": 1400}) for _ in range(2)]
    yield [Visitor(context.new_page(), lab[0]) for context in contexts]
    for context in contexts:
        context.close()


def boxes(visitor):
    return " ".join(box.inner_text() for box in visitor.tab.get_by_test_id("stAlert").all())


def buttons(visitor):
    return [button.inner_text() for button in visitor.tab.get_by_role("button").all()]


def raw_get(address, path):
    """A request whose path nobody tidies up."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=10)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    connection.endheaders()
    try:
        return connection.getresponse().read()
    finally:
        connection.close()


def test_nobody_reaches_what_is_another_visitors(visitors, lab):
    folder = lab[1]
    victim, thief = visitors
    victim.open("Runs")
    victim.tab.get_by_text("Public lab").wait_for()
    (own,) = [each for each in paths.visitors_dir(folder / "runs").iterdir() if len(each.name) == 32]
    write_run(own / "secret")
    store.create(own / "at-work", RunConfig())
    process.launch(own / "at-work", command=WAIT)

    for name in ("secret,at-work", f"../{own.name}/secret"):
        thief.open(f"Runs?runs={quote(name, safe='')}")
        assert thief.tab.get_by_text("Click the boxes left of the runs").count()  # nothing is chosen
        assert not [label for label in buttons(thief) if "Stop" in label or "Delete" in label]
    for name in ("at-work", f"../{own.name}/at-work"):
        thief.open(f"Train?run={quote(name, safe='')}")
        assert "run" in boxes(thief)
        assert "Stop" not in buttons(thief)
    assert store.read_run(own / "at-work").active
    assert not paths.RunPaths(own / "at-work").stop.exists()

    victim.tab.reload()  # a new session of the same browser
    victim.settle()
    victim.open("Runs?runs=at-work")
    victim.tab.get_by_role("button", name="Stop 1 run").wait_for()


def test_uploads_are_small_private_and_named_by_nobody_else(visitors, lab):
    folder = lab[1]
    owner, thief = visitors
    sent = []
    owner.tab.on("request", lambda request: sent.append(request) if request.method == "PUT" else None)
    owner.open("Dataset?data=file")
    upload = owner.tab.locator("input[type=file]")
    upload.set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": LABELS.encode()})
    owner.tab.wait_for_url("**file=mine.csv**")
    owner.settle()
    (kept,) = (folder / "data" / "uploads").glob("*/mine.csv")

    request = sent[0]
    tokens = {key: value for key, value in request.headers.items() if key.lower() == "x-xsrftoken"}
    body = {"name": "big.csv", "mimeType": "text/csv", "buffer": b"x" * (LIMITS.upload_bytes + 2**20)}
    answer = owner.tab.request.put(request.url, multipart={"big.csv": body}, headers=tokens)
    assert answer.status in (400, 413)
    body["buffer"] = b"x" * (LIMITS.upload_bytes - 2**20)
    for number in range(3):  # files that no page asked for: the server holds the last ones only
        place = f"{request.url.rpartition('/')[0]}/unasked-{number}"
        assert owner.tab.request.put(place, multipart={"unasked.csv": body}, headers=tokens).status == 204
    held = re.search(rb'"UploadedFileManager",cache=""} (\d+)', raw_get(lab[0], "/_stcore/metrics"))
    assert LIMITS.upload_bytes // 2 < int(held[1]) <= LIMITS.uploaded_bytes

    for name in ("mine.csv", f"../{kept.parent.name}/mine.csv"):
        thief.open(f"Dataset?data=file&file={quote(name, safe='')}")
        assert not thief.tab.get_by_text("zebrafish", exact=False).count()
        assert "failed for a reason" not in boxes(thief)
    assert kept.exists()


def test_what_a_public_lab_does_not_do_is_one_sentence(visitors, lab):
    person = visitors[0]
    for link, sentence in (
        ("Train?train_mode=finetune", "a public lab trains heads only"),
        ("Train?train_start=search", "searches are not part of a public lab"),
    ):
        person.open(link)
        assert sentence in boxes(person)
        assert not {"Launch", "Start the search", "Download"} & {label.split("\n")[-1] for label in buttons(person)}
    person.open("Train?train_max_seconds=100000")
    person.tab.get_by_text(f"--max-seconds {LIMITS.run_seconds:g}").wait_for(state="attached")


def test_no_file_of_the_server_is_served(lab):
    address = lab[0]
    for path in ("/../../../../etc/passwd", "/media/..%2f..%2f..%2fetc%2fpasswd", "/app/static/../../app.py"):
        found = raw_get(address, path)
        assert b"root:" not in found
        assert b"import streamlit" not in found
    assert raw_get(address, "/_stcore/health") == b"ok"
