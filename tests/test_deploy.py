"""What hosts read: requirements beside the entry script, configuration, Dockerfile. They must fit the lab as it is."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

from dbl_core.hosting import LIMITS, MIB

ROOT = Path(__file__).resolve().parents[1]
CLOUD = ROOT / "deploy" / "streamlit-cloud"
NOT_OFFERED = {"optuna", "torchvision"}
"""What a public lab does without: searches, and backbones whose weights would have to be fetched."""


def requirements(path: Path) -> dict[str, str]:
    lines = [line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return dict(re.fullmatch(r"([\w-]+)(.*)", line).groups() for line in lines if line and not line.startswith("-"))


def instructions(name: str) -> list[str]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.removeprefix(name).strip() for line in text.splitlines() if line.startswith(f"{name} ")]


def environment() -> dict[str, str]:
    return dict(word.split("=", 1) for line in instructions("ENV") for word in shlex.split(line))


def test_the_host_gets_the_same_versions_without_what_a_public_lab_does_not_offer():
    here, there = requirements(ROOT / "requirements.txt"), requirements(CLOUD / "requirements.txt")
    assert there == {name: bounds for name, bounds in here.items() if name not in NOT_OFFERED}
    first = (CLOUD / "requirements.txt").read_text(encoding="utf-8").splitlines()[0]
    assert first == "--extra-index-url https://download.pytorch.org/whl/cpu"


def test_no_other_list_of_packages_comes_before_it():
    """The host prefers these, beside the entry script or at the root, to requirements.txt."""
    for name in ("uv.lock", "Pipfile", "environment.yml"):
        assert not (CLOUD / name).exists()
        assert not (ROOT / name).exists()


def test_the_entry_script_has_no_pages_folder_beside_it():
    assert not (CLOUD / "pages").exists()


def test_the_lab_listens_on_this_machine_alone_and_a_host_lets_its_proxy_in():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    cloud = tomllib.loads((CLOUD / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["address"] == "127.0.0.1"
    assert cloud["server"]["address"] == environment()["STREAMLIT_SERVER_ADDRESS"] == "0.0.0.0"
    assert cloud["server"]["maxUploadSize"] * MIB == LIMITS.upload_bytes
    assert int(environment()["STREAMLIT_SERVER_MAX_UPLOAD_SIZE"]) * MIB == LIMITS.upload_bytes
    assert cloud["server"]["maxMessageSize"] == int(environment()["STREAMLIT_SERVER_MAX_MESSAGE_SIZE"]) < 200


def test_what_the_image_copies_is_there_and_not_left_out():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for line in instructions("COPY"):
        *sources, _ = line.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in ignored, source


def test_the_image_brings_its_modules_compiled():
    copied = {source for line in instructions("COPY") for source in line.split()[:-1]}
    packages = {source for source in copied if list((ROOT / source).glob("*/*.py"))}
    (command,) = (line.split() for line in instructions("RUN") if "compileall" in line)
    assert command[:4] == ["python", "-m", "compileall", "-q"]
    assert set(command[4:]) == packages


def test_the_image_is_public_has_no_rights_and_says_when_it_is_well():
    assert environment()["DBL_MODE"] == "public"
    (user,) = instructions("USER")
    assert user.isdecimal()
    assert user != "0"
    assert "/_stcore/health" in instructions("HEALTHCHECK")[0]


@pytest.mark.parametrize("variable", ["DBL_DATA_DIR", "DBL_CACHE_DIR", "DBL_RUNS_DIR", "TORCH_HOME"])
def test_everything_that_is_written_lies_in_the_volume(variable):
    assert instructions("VOLUME") == ["/data"]
    assert environment()[variable].startswith("/data/")


def test_the_example_for_compose_writes_nothing_else():
    (service,) = yaml.safe_load((ROOT / "deploy/docker/compose.yaml").read_text(encoding="utf-8"))["services"].values()
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]
    assert service["volumes"] == ["data:/data"]
    assert (ROOT / "deploy" / "docker" / service["build"] / "Dockerfile").is_file()
