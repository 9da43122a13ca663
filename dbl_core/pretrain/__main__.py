"""``python -m dbl_core.pretrain --out data/picto_backbone.safetensors --seed 0``: make the shipped backbone anew.

Writes the weights and, beside them with the suffix .json, the log of this very run. Exit code 0, or 2 with one line
that says what to change.
"""

import argparse
import hashlib
import json
import logging
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from importlib.metadata import version
from pathlib import Path

from dbl_core.errors import DblError
from dbl_core.models.weights import write_bytes_whole, write_weights
from dbl_core.pretrain.loop import PretrainOutcome, PretrainSettings, pretrain
from dbl_core.pretrain.shapes import family_names

QUICK = {"pictures": 1_500, "held_out": 1_000, "epochs": 4, "batch_size": 16}

HELP = {
    "seed": "of pictures, weights, order and augmentation",
    "pictures": "training pictures to draw",
    "held_out": "pictures that are only scored",
    "epochs": "passes over the training pictures",
    "batch_size": "pictures a step",
    "learning_rate": "highest learning rate of the one-cycle schedule",
    "precision": "float32 or bfloat16 (faster where the processor has it)",
    "threads": "threads of torch",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dbl_core.pretrain", description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="weights file to write, *.safetensors")
    parser.add_argument("--quick", action="store_true", help=f"a tiny run to try the command: {QUICK}")
    for field in fields(PretrainSettings):
        flag = "--" + field.name.replace("_", "-")
        parser.add_argument(flag, type=type(field.default), help=f"{HELP[field.name]} (default {field.default})")
    return parser


def _settings(options: argparse.Namespace) -> PretrainSettings:
    base = replace(PretrainSettings(), **QUICK) if options.quick else PretrainSettings()
    given = {f.name: getattr(options, f.name) for f in fields(PretrainSettings) if getattr(options, f.name) is not None}
    return replace(base, **given)


def command_of(settings: PretrainSettings, out: str) -> str:
    """Return the command line that repeats a run: every setting that differs from its default, and the seed."""
    words = [f"--out {out}", f"--seed {settings.seed}"]
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.name != "seed" and value != field.default:
            words.append(f"--{field.name.replace('_', '-')} {value}")
    return " ".join(["python -m dbl_core.pretrain", *words])


def _report(settings: PretrainSettings, outcome: PretrainOutcome, out: Path) -> dict[str, object]:
    content = out.read_bytes()
    return {
        "file": out.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "command": command_of(settings, f"data/{out.name}"),
        "settings": asdict(settings),
        "families": len(family_names()),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("torch", "numpy", "pillow")},
        "held_out_map": outcome.curve[-1]["held_out_map"],
        **{key: getattr(outcome, key) for key in ("chance_map", "seconds", "curve")},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    options = _parser().parse_args(arguments)
    try:
        if options.out.suffix != ".safetensors":
            raise ValueError(f"--out is {str(options.out)!r}: a name that ends in .safetensors is needed")
        if options.out.is_dir() or (options.out.parent.exists() and not options.out.parent.is_dir()):
            raise ValueError(f"--out is {str(options.out)!r}: a file in a folder is needed")
        settings = _settings(options)
        outcome = pretrain(settings)
        write_weights(options.out, outcome.backbone.state_dict(), half=True)
        report = json.dumps(_report(settings, outcome, options.out), indent=2) + "\n"
        write_bytes_whole(options.out.with_suffix(".json"), report.encode())
    except (ValueError, DblError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logging.getLogger(__name__).info("wrote %s, held-out mAP %.4f", options.out, outcome.curve[-1]["held_out_map"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
