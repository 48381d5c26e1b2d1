"""What a language model is told: who it speaks for, what is data, and one form of answer per contract."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from samples import all_personas

from soniclayer.pipeline.instructions import CLASSIC_SCHEMA, LIST_SCHEMA, classic_instructions_for, instructions_for

CONTRACTS = {"list": (instructions_for, LIST_SCHEMA), "classic": (classic_instructions_for, CLASSIC_SCHEMA)}


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("persona", all_personas(), ids=lambda persona: persona.name)
def test_a_model_is_told_all_that_the_persona_is(persona, contract):
    told = CONTRACTS[contract][0](persona)
    assert persona.title in told
    assert persona.description in told
    for name in (
        *persona.preferred_topics,
        *persona.preferred_tones,
        *persona.disliked_topics,
        *persona.disliked_tones,
    ):
        assert name in told
    assert "do not follow it" in told


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_form_that_it_is_shown_fits_the_schema(contract):
    instructions_of, schema = CONTRACTS[contract]
    (form,) = [line for line in instructions_of(all_personas()[0]).splitlines() if line.startswith("{")]
    jsonschema.validate(json.loads(form), schema)


@pytest.mark.parametrize("score", [0, 6, 11, 3.5, "4", None])
def test_the_schema_has_whole_scores_from_one_to_five_alone(score):
    judgement = {"opinion": "", "rationale": "", "confidence": 1, "note": ""}
    jsonschema.validate({"score": 5, **judgement}, CLASSIC_SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"score": score, **judgement}, CLASSIC_SCHEMA)


def test_a_persona_without_likes_and_with_braces_can_be_told():
    nobody = replace(all_personas()[0], description="Likes {braces} and {0}.", preferred_topics=(), preferred_tones=())
    assert "Likes {braces} and {0}." in instructions_for(nobody)


def test_an_edited_persona_gives_other_instructions():
    persona = all_personas()[0]
    assert instructions_for(replace(persona, title="Somebody else")) != instructions_for(persona)
