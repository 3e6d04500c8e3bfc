"""What the settings say about columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.data.schema import SchemaChoices

if TYPE_CHECKING:
    from labelaudit.config import Settings


def choices_of(settings: Settings, *, need_features: bool) -> SchemaChoices:
    """Pick what concerns columns out of the settings.

    Parameters
    ----------
    settings : Settings
    need_features : bool
        False where probabilities are given and no model is to learn.

    Returns
    -------
    SchemaChoices
    """
    return SchemaChoices(
        label=settings.label,
        id=settings.id,
        text=settings.text,
        features=settings.features,
        exclude=settings.exclude,
        embedding=settings.embedding,
        group=settings.group,
        split=settings.split,
        time=settings.time,
        weight_column=settings.weight_column,
        missing_label=settings.missing_label,
        need_features=need_features,
    )
