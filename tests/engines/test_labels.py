"""The label models. The NLI model here is tiny and random: it proves shapes and batching, not quality."""

from __future__ import annotations

import pytest
from samples import labels_of_config

from soniclayer.engines.labels.embedding import EmbeddingLabels
from soniclayer.engines.labels.nli import NliLabels
from soniclayer.errors import ModelError

LABELS = labels_of_config()
TEXTS = [
    "The striker scored twice and the home team won the cup final.",
    "Fry the onion in butter, add the stock, and let the soup simmer.",
    "The bank raised its interest rate and shares fell.",
]


@pytest.fixture(scope="module")
def minilm(models):
    return EmbeddingLabels(models / "minilm", "minilm")


@pytest.fixture(scope="module")
def tiny_nli(tmp_path_factory):
    """A BERT with random weights and three labels, and a tokenizer that knows letters."""
    tokenizers = pytest.importorskip("tokenizers")
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("tiny-nli")
    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])}
    letters = "abcdefghijklmnopqrstuvwxyz.,&'"
    for piece in [*letters, *(f"##{letter}" for letter in letters)]:
        vocabulary[piece] = len(vocabulary)
    tokenizer = tokenizers.BertWordPieceTokenizer(vocabulary)
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), vocabulary, strict=False))
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer._tokenizer,
        model_max_length=512,
        **names,
    ).save_pretrained(folder)
    torch.manual_seed(7)
    config = transformers.BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        id2label={0: "contradiction", 1: "neutral", 2: "entailment"},
        label2id={"contradiction": 0, "neutral": 1, "entailment": 2},
    )
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(params=["embedding", "nli"])
def model(request):
    if request.param == "embedding":
        return request.getfixturevalue("minilm")
    return NliLabels(request.getfixturevalue("tiny_nli"), "tiny", batch=4)


@pytest.mark.models
@pytest.mark.parametrize("family", ["topic", "tone"])
def test_every_label_gets_a_probability_and_each_text_s_add_up_to_one(model, family):
    labels = LABELS.topics if family == "topic" else LABELS.tones
    rankings = model.rank(TEXTS, labels, family)
    assert [list(ranking) for ranking in rankings] == [list(labels)] * len(TEXTS)
    assert [sum(ranking.values()) for ranking in rankings] == pytest.approx([1.0] * len(TEXTS), abs=1e-5)


@pytest.mark.models
def test_no_texts_give_no_rankings(model):
    assert model.rank([], LABELS.topics, "topic") == []


@pytest.mark.models
def test_a_text_s_ranking_does_not_depend_on_what_else_is_asked(model):
    together = model.rank(TEXTS, LABELS.topics, "topic")
    for text, ranking in zip(TEXTS, together, strict=True):
        assert model.rank([text], LABELS.topics, "topic")[0] == pytest.approx(ranking, abs=1e-6)


@pytest.mark.models
def test_embedding_rankings_are_the_same_to_the_last_bit_in_any_order_and_from_a_fresh_model(minilm, models):
    forwards = minilm.rank(TEXTS, LABELS.topics, "topic")
    fresh = EmbeddingLabels(models / "minilm", "minilm").rank(TEXTS[::-1], LABELS.topics, "topic")
    assert fresh[::-1] == forwards


@pytest.mark.models
def test_embedding_finds_plain_topics(minilm):
    rankings = minilm.rank(TEXTS, LABELS.topics, "topic")
    assert [max(ranking, key=ranking.get) for ranking in rankings] == ["Sports", "Food", "Business & Finance"]


@pytest.mark.models
def test_descriptions_make_a_label(minilm):
    labels = {"A": ("football and sport",), "B": ("cooking and soup",)}
    swapped = {"A": labels["B"], "B": labels["A"]}
    assert minilm.rank(TEXTS[:1], labels, "topic")[0]["A"] == minilm.rank(TEXTS[:1], swapped, "topic")[0]["B"] > 0.9


@pytest.mark.models
def test_an_empty_and_a_very_long_text_have_rankings_too(minilm):
    assert len(minilm.rank(["", "word " * 5000], LABELS.topics, "topic")) == 2


@pytest.mark.parametrize("kind", [EmbeddingLabels, NliLabels])
def test_a_missing_model_is_told_with_its_folder(tmp_path, kind):
    with pytest.raises(ModelError, match=str(tmp_path)):
        kind(tmp_path, "none")


def test_a_damaged_model_is_told_with_its_folder(tmp_path):
    (tmp_path / "tokenizer.json").write_text("{")
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match=str(tmp_path)):
        EmbeddingLabels(tmp_path, "broken")


def test_a_classifier_without_entailment_is_no_nli_model(tiny_nli, tmp_path):
    transformers = pytest.importorskip("transformers")
    config = transformers.AutoConfig.from_pretrained(tiny_nli)
    config.id2label, config.label2id = {0: "no", 1: "yes"}, {"no": 0, "yes": 1}
    transformers.BertForSequenceClassification(config).save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(tiny_nli).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="entailment"):
        NliLabels(tmp_path, "yes or no")
