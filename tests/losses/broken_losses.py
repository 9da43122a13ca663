"""DB-focal as people write it, once right and once with each slip that public copies of it have.

Plain torch throughout: nothing of the lab's own losses is used, so that the two can be told apart.
"""

import torch
from torch import nn
from torch.nn import functional as F


class Sound(nn.Module):
    """Right in everything that is checked."""

    def __init__(
        self, class_counts, num_samples, alpha=0.1, beta=10.0, mu=0.3, lam=5.0, kappa=0.05, gamma=2.0, focal_scale=2.0,
        reduction="mean",
    ):  # fmt: skip
        super().__init__()
        counts = self.clamped(torch.as_tensor(class_counts, dtype=torch.float32), num_samples)
        self.alpha, self.beta, self.mu, self.lam = alpha, beta, mu, lam
        self.gamma, self.focal_scale, self.reduction = gamma, focal_scale, reduction
        self.keep("inverse", 1 / counts)
        self.keep("shift", torch.log(num_samples / counts - 1) * kappa / lam)

    def clamped(self, counts, num_samples):
        return counts.clamp(1, num_samples - 1)

    def keep(self, name, tensor):
        self.register_buffer(name, tensor)

    def forward(self, logits, targets):
        shifted, targets = self.shifted(logits), self.numbers(targets)
        p_t, terms = self.terms(shifted, targets)
        return self.reduced(self.focal(p_t) * terms * self.weight(targets))

    def shifted(self, logits):
        return logits.to(torch.promote_types(logits.dtype, torch.float32)) - self.shift

    def numbers(self, targets):
        return targets.to(self.inverse.dtype)

    def terms(self, shifted, targets):
        positive, negative = self.softplus(-shifted), self.softplus(self.lam * shifted)
        entropy = targets * positive + (1 - targets) * negative
        return torch.exp(-entropy), entropy * (targets + (1 - targets) * self.share())

    def share(self):
        return 1 / self.lam

    def softplus(self, x):
        return F.softplus(x)

    def focal(self, p_t):
        return self.focal_scale * (1 - p_t) ** self.gamma

    def weight(self, targets):
        ratio = self.inverse / (targets * self.inverse).sum(1, keepdim=True).clamp(min=1e-30)
        return self.alpha + torch.sigmoid(self.beta * (ratio - self.mu))

    def reduced(self, cells):
        return {"mean": cells.mean, "sum": cells.sum, "none": lambda: cells}[self.reduction]()


class ChangesLogits(Sound):
    def shifted(self, logits):
        logits -= self.shift
        return logits


class IgnoresReduction(Sound):
    def reduced(self, cells):
        return cells


class IgnoresSum(Sound):
    def reduced(self, cells):
        return cells if self.reduction == "none" else cells.mean()


class NaNWithoutImages(Sound):
    def clamped(self, counts, num_samples):
        return counts.clamp(max=num_samples - 1)


class NaNOnEveryImage(Sound):
    def clamped(self, counts, num_samples):
        return counts.clamp(min=1)


class NaNWithoutLabels(Sound):
    def weight(self, targets):
        carried = (targets * self.inverse).sum(1, keepdim=True)
        return super().weight(targets) * carried / carried


class SwappedAlphaAndMu(Sound):
    def __init__(self, class_counts, num_samples, mu=0.3, alpha=0.1, **options):
        super().__init__(class_counts, num_samples, alpha=mu, mu=alpha, **options)


class PublicDefaults(Sound):
    def __init__(self, class_counts, num_samples):
        super().__init__(class_counts, num_samples, alpha=10.0, beta=0.2, mu=0.1)


class PaperBias(Sound):
    def __init__(self, class_counts, num_samples):
        super().__init__(class_counts, num_samples)
        self.shift *= self.lam


class ReversedShift(Sound):
    def shifted(self, logits):
        return logits + self.shift


class PaperBiasAndPublicDefaults(PublicDefaults):
    def __init__(self, class_counts, num_samples):
        super().__init__(class_counts, num_samples)
        self.shift *= self.lam


class WithoutDivision(Sound):
    def share(self):
        return 1.0


class BatchMeanInFocal(Sound):
    def terms(self, shifted, targets):
        _, terms = super().terms(shifted, targets)
        sign = torch.where(targets > 0, -1.0, self.lam)
        return torch.exp(-self.softplus(sign * shifted).mean()), terms


class DetachedFocal(Sound):
    def focal(self, p_t):
        return super().focal(p_t.detach())


class CutOff(Sound):
    def reduced(self, cells):
        return super().reduced(cells).detach()


class Twice(Sound):
    def reduced(self, cells):
        return 2 * super().reduced(cells)


class SumsOnly(Sound):
    def __init__(self, class_counts, num_samples):
        super().__init__(class_counts, num_samples, reduction="sum")


class OverflowsInHalf(Sound):
    """The branch that is not taken overflows, and its gradient of infinity times 0 is NaN."""

    def shifted(self, logits):
        return logits - self.shift.to(logits.dtype)

    def softplus(self, x):
        return torch.where(x > 20, x, torch.log1p(torch.exp(x.clamp(max=80))))


class NeedsCuda(Sound):
    def keep(self, name, tensor):
        super().keep(name, tensor.cuda())


class NeedsCudaByName(Sound):
    def keep(self, name, tensor):
        super().keep(name, tensor.to(torch.device("cuda:0")) + torch.zeros(1, device="cuda"))


class StaysOnCpu(Sound):
    def keep(self, name, tensor):
        setattr(self, name, tensor)


class ReturnsTuple(Sound):
    def reduced(self, cells):
        return super().reduced(cells), {"cells": cells}


class ReturnsNumber(Sound):
    def reduced(self, cells):
        return float(super().reduced(cells))


class ViewsLogits(Sound):
    def shifted(self, logits):
        return super().shifted(logits.view(-1).view(logits.shape))


class SqueezesLogits(Sound):
    def forward(self, logits, targets):
        return super().forward(logits.squeeze(), targets.squeeze())


class SubtractsTargets(Sound):
    def numbers(self, targets):
        return super().numbers(1 - (1 - targets))


class MisreadsBoolTargets(Sound):
    def numbers(self, targets):
        return super().numbers(targets if targets.is_floating_point() else ~targets)


class RemembersWeights(Sound):
    def weight(self, targets):
        self.kept = getattr(self, "kept", {})
        return self.kept.setdefault((targets.shape, targets.device), super().weight(targets))


class BreaksTheGraph(Sound):
    def reduced(self, cells):
        torch._dynamo.graph_break()
        return super().reduced(cells)


class SaturatesLogits(Sound):
    def shifted(self, logits):
        return super().shifted(logits.clamp(-60, 60))


FORMULA = {"value, float64", "value, float32", "gradient"}
BROKEN = {
    ChangesLogits: {"arguments left alone"},
    IgnoresReduction: {"scalar output", "reductions"},
    IgnoresSum: {"reductions"},
    NaNWithoutImages: {"empty class"},
    NaNOnEveryImage: {"full class"},
    NaNWithoutLabels: {"empty row"},
    SwappedAlphaAndMu: FORMULA,
    PublicDefaults: FORMULA,
    PaperBias: FORMULA,
    ReversedShift: FORMULA,
    PaperBiasAndPublicDefaults: FORMULA,
    WithoutDivision: FORMULA,
    BatchMeanInFocal: FORMULA,
    DetachedFocal: {"gradient"},
    CutOff: {"gradient"},
    Twice: {"scale"},
    SumsOnly: {"scale"},
    OverflowsInHalf: {"float16"},
    NeedsCuda: {"no CUDA needed"},
    NeedsCudaByName: {"no CUDA needed"},
    StaysOnCpu: {"device"},
    ReturnsTuple: {"scalar output"},
    ViewsLogits: {"non-contiguous logits"},
    SqueezesLogits: {"batch of one"},
    MisreadsBoolTargets: {"int and bool targets"},
    RemembersWeights: {"repeated calls"},
}
"""Every slip, and the checks that it must fail: those and no others."""
