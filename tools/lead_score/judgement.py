"""How good a score is on leads it has not seen: ranking, squared error, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from pydantic import BaseModel, ConfigDict, Field


class ReliabilityBin(BaseModel):
    """Leads of like score: the mean predicted and the observed share of won."""

    model_config = ConfigDict(frozen=True)

    predicted: float
    observed: float
    leads: int


class Judgement(BaseModel):
    """How good the score is on leads it has not seen (out of fold)."""

    model_config = ConfigDict(frozen=True)

    auc: float = Field(description="Probability that a won lead outranks a lost one")
    brier: float = Field(description="Mean squared error of the probability")
    brier_of_base_rate: float = Field(description="The same for saying the base rate of every lead")
    calibration_error: float = Field(
        description="Mean gap between predicted and observed share over the bins, by leads"
    )
    reliability: tuple[ReliabilityBin, ...]


def auc(scores: Sequence[float], won: Sequence[bool]) -> float:
    """Area under the ROC curve by ranks (Mann and Whitney), ties at half."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks, place = [0.0] * len(scores), 0
    while place < len(order):
        end = place
        while end < len(order) and scores[order[end]] == scores[order[place]]:
            end += 1
        for other in order[place:end]:
            ranks[other] = (place + 1 + end) / 2
        place = end
    positive = sum(won)
    negative = len(won) - positive
    return (
        sum(rank for rank, is_won in zip(ranks, won, strict=True) if is_won) - positive * (positive + 1) / 2
    ) / (positive * negative)


def sigmoid(logit: float) -> float:
    """The probability of a log-odds value, kept from overflow."""
    return 1 / (1 + exp(-max(-40.0, min(40.0, logit))))


def judge(probabilities: Sequence[float], won: Sequence[bool], groups: int = 10) -> Judgement:
    """Judge probabilities of leads not used in training; `groups` equal groups by score make the reliability bins."""
    order = sorted(range(len(won)), key=lambda place: (probabilities[place], place))
    reliability = []
    for group in range(groups):
        members = order[group * len(order) // groups : (group + 1) * len(order) // groups]
        if members:
            predicted = sum(probabilities[place] for place in members) / len(members)
            observed = sum(won[place] for place in members) / len(members)
            reliability.append(
                ReliabilityBin(predicted=round(predicted, 4), observed=round(observed, 4), leads=len(members))
            )
    rate = sum(won) / len(won)
    gaps = sum(abs(found.predicted - found.observed) * found.leads for found in reliability)
    errors = ((probability - is_won) ** 2 for probability, is_won in zip(probabilities, won, strict=True))
    return Judgement(
        auc=round(auc(probabilities, won), 4),
        brier=round(sum(errors) / len(won), 4),
        brier_of_base_rate=round(rate * (1 - rate), 4),
        calibration_error=round(gaps / len(won), 4),
        reliability=tuple(reliability),
    )
