"""``python -m dbl_core check-loss``: a loss that somebody wrote, found in their folder, checked, reported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dbl_core.cli import main
from dbl_core.losses.conformance import BATTERY

ROOT = Path(__file__).resolve().parents[2]
# A whole loss as people write it: right, but for the lines that a test replaces.
SOURCE = """
import torch
from torch import nn
from torch.nn import functional as F


class MyLoss(nn.Module):
    def __init__(self, class_freq, train_num, map_alpha=0.1, map_beta=10.0, map_gamma=0.3, neg_scale=5.0,
                 init_bias=0.05, gamma=2.0, balance_param=2.0, reduction="mean"):
        super().__init__()
        freq = torch.tensor(class_freq).float().clamp(1, train_num - 1)
        self.register_buffer("freq_inv", 1 / freq)
        self.register_buffer("bias", torch.log(train_num / freq - 1) * init_bias / neg_scale)
        self.map = map_alpha, map_beta, map_gamma
        self.neg_scale, self.gamma, self.balance_param, self.reduction = neg_scale, gamma, balance_param, reduction

    def forward(self, logits, labels):
        labels = labels.float()
        logits = logits.float() - self.bias
        alpha, beta, mu = self.map
        repeat_rate = (labels * self.freq_inv).sum(1, keepdim=True).clamp(min=1e-30)
        weight = alpha + torch.sigmoid(beta * (self.freq_inv / repeat_rate - mu))
        scaled = torch.where(labels > 0, logits, logits * self.neg_scale)
        entropy = F.binary_cross_entropy_with_logits(scaled, labels, reduction="none")
        share = torch.where(labels > 0, 1.0, 1 / self.neg_scale)
        cells = self.balance_param * (1 - torch.exp(-entropy)) ** self.gamma * entropy * weight * share
        return {"mean": cells.mean(), "sum": cells.sum(), "none": cells}[self.reduction]


def make(label_counts, n_samples):
    return MyLoss(label_counts, n_samples)


def as_bce(logits, targets):
    return F.binary_cross_entropy_with_logits(logits, targets.float())
"""
READY = f"{SOURCE}\n\nready = MyLoss([9, 4, 1], 12)\n"


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes somebody's module into the current folder and gives its name; it is forgotten after the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    names = []

    def write(source=SOURCE):
        names.append(f"somebodys_losses_{tmp_path.name}_{len(names)}".replace("-", "_"))
        (tmp_path / f"{names[-1]}.py").write_text(source)
        return names[-1]

    yield write
    for name in names:
        sys.modules.pop(name, None)


def test_a_sound_loss_passes_every_check(module, capsys):
    name = module()
    assert main(["check-loss", f"{name}:MyLoss"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert max(map(len, lines)) <= 100
    assert [line.split()[0] for line in lines if line.startswith(("pass", "FAIL"))] == ["pass"] * len(BATTERY)
    assert lines[-1] == f"{len(BATTERY)} passed"
    assert "built as MyLoss(class_freq=…, train_num=1142, reduction='mean', map_alpha=0.1" in out


BROKEN = {
    "logits in place": ("logits = logits.float() - self.bias", "logits -= self.bias", {"arguments left alone"}),
    "no clamp": (".clamp(1, train_num - 1)", "", {"empty class", "full class"}),
    "swapped": ("alpha, beta, mu = self.map", "mu, beta, alpha = self.map", {"value", "gradient"}),
    "no division": ("1 / self.neg_scale)\n", "1.0)\n", {"value", "gradient"}),
    "reduction": ("return {", "return cells\n        {", {"scalar output", "reductions"}),
    "cuda": ("1 / freq)", "1 / freq.cuda())", {"no CUDA needed"}),
}


@pytest.mark.parametrize("slip", BROKEN)
def test_a_broken_loss_fails_the_right_row(module, capsys, slip):
    right, wrong, expected = BROKEN[slip]
    assert SOURCE.count(right) == 1
    name = module(SOURCE.replace(right, wrong))
    assert main(["check-loss", f"{name}:MyLoss"]) == 1
    out = capsys.readouterr().out
    failed = [line.removeprefix("FAIL").strip() for line in out.splitlines() if line.startswith("FAIL")]
    assert failed
    assert all(line.startswith(tuple(expected)) for line in failed)
    assert all(any(line.startswith(word) for line in failed) for word in expected)
    assert "(expected: " in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 100


def test_json_lists_the_checks(module, capsys):
    name = module(SOURCE.replace("alpha, beta, mu = self.map", "mu, beta, alpha = self.map"))
    assert main(["check-loss", f"{name}:make", "--json"]) == 1
    checks = json.loads(capsys.readouterr().out)
    assert [check["name"] for check in checks] == [row.name for row in BATTERY]
    assert {check["outcome"] for check in checks} == {"pass", "fail", "skipped"}
    assert "alpha and mu are swapped" in checks[0]["found"]
    assert all(set(check) == {"name", "outcome", "expected", "found"} for check in checks)


def test_the_claim_and_its_options_are_told_to_the_loss(module, capsys):
    name = module()
    options = ["--option", "mu=0.2", "--option", "lam=2"]
    assert main(["check-loss", f"{name}:MyLoss", *options]) == 0
    assert "map_gamma=0.2, neg_scale=2.0" in " ".join(capsys.readouterr().out.split())
    assert main(["check-loss", f"{name}:make", *options]) == 1
    assert "the preset paper-voc" in " ".join(capsys.readouterr().out.split())
    assert main(["check-loss", f"{name}:MyLoss", "--set", "map_gamma=0.2"]) == 1
    assert main(["check-loss", f"{name}:as_bce", "--as", "bce"]) == 0


def test_a_ready_made_loss_needs_its_class_counts(module, capsys, tmp_path):
    name = module(READY)
    assert main(["check-loss", f"{name}:ready"]) == 2
    assert "Give --stats FILE" in capsys.readouterr().err
    (tmp_path / "stats.json").write_text('{"pos_counts": [9, 4, 1], "num_samples": 12}')
    assert main(["check-loss", f"{name}:ready", "--stats", "stats.json"]) == 0
    assert "3 skipped" in capsys.readouterr().out
    rows = "\n".join(f"{int(k < 9)},{int(k % 3 == 0)},{int(k == 0)}" for k in range(12))
    (tmp_path / "labels.csv").write_text(f"a,b,c\n{rows}")
    assert main(["check-loss", f"{name}:ready", "--stats", "labels.csv"]) == 0


@pytest.mark.parametrize(
    ("source", "thing", "words"),
    [
        (SOURCE, "Nothing", "has no Nothing; it has MyLoss, as_bce, make."),
        ("import no_such_library", "MyLoss", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("raise RuntimeError('two\\nlines')", "MyLoss", "RuntimeError: two lines"),
        ("import sys; sys.exit(5)", "MyLoss", "SystemExit: 5"),
        ("def f(:", "f", "SyntaxError"),
        ("x = 3", "x", "an object of type int is not a loss"),
        (
            "def make(label_counts): return 1, 2",
            "make",
            "returned a tuple, not a loss that can be called; write a factory",
        ),
        ("class L:\n    def __init__(self, n): pass", "L", "asks for n, which check-loss cannot guess: use --set n="),
        (
            "class L:\n    def __init__(self, counts): raise KeyError('x')",
            "L",
            "L cannot be built (KeyError: 'x'); write",
        ),
    ],
)
def test_what_cannot_be_checked_says_why_in_one_line(module, capsys, source, thing, words):
    assert main(["check-loss", f"{module(source)}:{thing}"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert words in err


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--as", "db_fokal"], "did you mean db_focal?"),
        (["--option", "mu"], "--option 'mu' is not KEY=VALUE"),
        (["--option", "tau=1"], "has no option 'tau'"),
        (["--option", "mu=nan"], "mu must be a number from 0 to 10"),
        (["--set", "=3"], "--set '=3' is not KEY=VALUE"),
        (["--stats", "nowhere.json"], "does not exist"),
    ],
)
def test_bad_flags_are_refused_in_one_line(module, capsys, flags, words):
    assert main(["check-loss", f"{module()}:MyLoss", *flags]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_a_module_that_prints_a_lot_spoils_nothing(module, capsys):
    noisy = SOURCE + '\nprint("import " * 1000)\n'
    noisy = noisy.replace(
        "        super().__init__()\n", '        super().__init__()\n        print("built\\n" * 500)\n'
    )
    assert main(["check-loss", f"{module(noisy)}:MyLoss", "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert len(json.loads(out)) == len(BATTERY)
    assert main(["check-loss", f"{module(noisy)}:MyLoss"]) == 0
    out = capsys.readouterr().out
    assert "it printed 'import import" in out
    assert len(out) < 4000


def test_as_a_program_it_finds_modules_of_the_current_folder(tmp_path):
    (tmp_path / "my_losses.py").write_text(SOURCE)
    command = [sys.executable, "-m", "dbl_core", "check-loss", "my_losses:MyLoss"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"{len(BATTERY)} passed\n")


def test_the_command_line_loads_torch_only_to_check():
    code = "import sys, dbl_core.cli; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
