"""The label models. The NLI model here is tiny and random: it proves shapes and batching, not quality."""

from __future__ import annotations

import pytest
from samples import labels_of_config

from soniclayer.domain.labels import LabelFamily
from soniclayer.engines.labels.embedding import EmbeddingLabels
from soniclayer.engines.labels.kept import SHIPPED
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
@pytest.mark.parametrize("family", [LABELS.topic_family, LABELS.tone_family], ids=["topic", "tone"])
def test_every_label_gets_a_probability_and_each_text_s_add_up_to_one(model, family):
    rankings = model.rank(TEXTS, family)
    assert [list(ranking) for ranking in rankings] == [list(family.phrases)] * len(TEXTS)
    assert [sum(ranking.values()) for ranking in rankings] == pytest.approx([1.0] * len(TEXTS), abs=1e-5)


@pytest.mark.models
def test_no_texts_give_no_rankings(model):
    assert model.rank([], LABELS.topic_family) == []


@pytest.mark.models
def test_a_text_s_ranking_does_not_depend_on_what_else_is_asked(model):
    together = model.rank(TEXTS, LABELS.topic_family)
    for text, ranking in zip(TEXTS, together, strict=True):
        assert model.rank([text], LABELS.topic_family)[0] == pytest.approx(ranking, abs=1e-6)


@pytest.mark.models
def test_embedding_rankings_are_the_same_to_the_last_bit_in_any_order_and_from_a_fresh_model(minilm, models):
    forwards = minilm.rank(TEXTS, LABELS.topic_family)
    fresh = EmbeddingLabels(models / "minilm", "minilm").rank(TEXTS[::-1], LABELS.topic_family)
    assert fresh[::-1] == forwards


@pytest.mark.models
def test_embedding_finds_plain_topics(minilm):
    rankings = minilm.rank(TEXTS, LABELS.topic_family)
    assert [max(ranking, key=ranking.get) for ranking in rankings] == ["Sports", "Food", "Business & Finance"]


def family(phrases, *examples, style=()):
    return LabelFamily("topic", {name: (phrase,) for name, phrase in phrases.items()}, examples, style)


PLAIN = {"A": "football and sport", "B": "cooking and soup"}


def best(model, text, labels):
    (ranking,) = model.rank([text], labels)
    return max(ranking, key=ranking.get)


@pytest.mark.models
def test_one_phrase_and_no_example_make_a_label(minilm):
    swapped = {"A": PLAIN["B"], "B": PLAIN["A"]}
    assert best(minilm, TEXTS[0], family(PLAIN)) == "A"
    assert best(minilm, TEXTS[0], family(swapped)) == "B"


@pytest.mark.models
def test_an_added_label_with_one_phrase_stands_its_ground_among_labels_with_examples(minilm):
    more = [("A", f"In round {number} the striker scored for the home team.") for number in range(8)]
    labels = family({**PLAIN, "C": "gardening, plants and soil"}, *more)
    assert best(minilm, "Prune the roses, water the beds, and put some compost on the soil.", labels) == "C"


@pytest.mark.models
def test_an_example_teaches_what_the_phrases_do_not_say(minilm):
    text = "The bishop takes the knight, and black resigns."
    taught = family(PLAIN, ("B", "White moves the queen, and it is mate in two."), ("B", "The rook takes the pawn."))
    before, after = (minilm.rank([text], labels)[0]["B"] for labels in (family(PLAIN), taught))
    assert before < 0.6
    assert after > 0.9


@pytest.mark.models
def test_examples_teach_what_the_style_says(minilm):
    loud = [("Loud", f"The {thing} is here!") for thing in ("bus", "tea", "choir", "bill")]
    calm = [("Calm", f"The {thing} is here.") for thing in ("train", "milk", "band", "law")]
    phrases = {"Loud": "a text", "Calm": "a text"}
    deaf, listening = family(phrases, *loud, *calm), family(phrases, *loud, *calm, style=("!",))

    def shift(labels):
        plain, cried = minilm.rank(["The boat is here.", "The boat is here!"], labels)
        return cried["Loud"] - plain["Loud"]

    assert shift(listening) > shift(deaf) + 0.02


@pytest.mark.models
def test_the_order_of_the_examples_does_not_matter(minilm):
    labels = ("Sports", "Food", "Travel")
    examples = [pair for pair in LABELS.topic_family.examples if pair[0] in labels][::2]
    phrases = {label: label.lower() for label in labels}
    forwards, backwards = family(phrases, *examples), family(phrases, *examples[::-1])
    assert minilm.rank(TEXTS, forwards) == minilm.rank(TEXTS, backwards)


@pytest.mark.models
def test_the_labels_that_come_with_soniclayer_need_no_learning(models):
    class Lazy(EmbeddingLabels):
        def _learn(self, family):
            raise AssertionError(f"the {family.name}s must be learned: run `make labels`")

    for labels in (LABELS.topic_family, LABELS.tone_family):
        assert Lazy(models / "minilm", "minilm").rank(TEXTS, labels)


@pytest.mark.models
@pytest.mark.parametrize("labels", [LABELS.topic_family, LABELS.tone_family], ids=["topic", "tone"])
def test_what_came_with_soniclayer_knows_its_own_examples(minilm, labels):
    some = labels.examples[::8]
    rankings = minilm.rank([text for _, text in some], labels)
    right = [max(ranking, key=ranking.get) == label for ranking, (label, _) in zip(rankings, some, strict=True)]
    assert sum(right) >= 0.85 * len(some), "features have changed: run `make labels`"


def test_no_more_than_the_two_families_come_with_soniclayer():
    assert len(list(SHIPPED.glob("*.npz"))) == 2


@pytest.mark.models
def test_an_empty_and_a_very_long_text_have_rankings_too(minilm):
    assert len(minilm.rank(["", "word " * 5000], LABELS.topic_family)) == 2


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
