"""The comparison notices planted mistakes, so its silence means something."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.oracle.mutations import A_FEW, MUTATIONS, Mutation, caught

CHOSEN = [mutation for mutation in MUTATIONS if mutation.name in A_FEW]
REST = [mutation for mutation in MUTATIONS if mutation.name not in A_FEW]


@pytest.mark.parametrize("mutation", CHOSEN, ids=lambda mutation: mutation.name)
def test_a_planted_mistake_is_noticed(mutation: Mutation) -> None:
    assert caught(mutation)


def test_a_copy_without_a_mistake_agrees() -> None:
    first = MUTATIONS[0]
    assert not caught(replace(first, new=first.old))


@pytest.mark.long
@pytest.mark.parametrize("mutation", REST, ids=lambda mutation: mutation.name)
def test_every_other_planted_mistake_is_noticed(mutation: Mutation) -> None:
    assert caught(mutation)
