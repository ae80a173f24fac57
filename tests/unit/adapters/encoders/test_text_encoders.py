"""Text encoders: one space, unit rows, in order, and a text's vector is its own."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from viewfinder.adapters.encoders import hashing, sentence, universal
from viewfinder.domain.errors import ConfigError, PluginUnavailable
from viewfinder.ports import TextEncoder, TokenEncoder

WORDS = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "query", ":", "cat", "##s", "sit", "cafe", "a"]
TEXTS = ["cats sit", "a cat", "", "café", "zzz", "cats sit"]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model in the right shape whose last layer is the token's own embedding, doubled."""
    folder = tmp_path_factory.mktemp("toy")
    table = np.random.default_rng(0).normal(size=(len(WORDS), 8)).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["embedded"]),
        helper.make_node("Add", ["embedded", "embedded"], ["last_hidden_state"]),
    ]
    shape = ["batch", "tokens"]
    graph = helper.make_graph(
        nodes,
        "toy",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, shape)
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*shape, 8])],
        [numpy_helper.from_array(table, "table")],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), folder / "model.onnx")
    around = [{"SpecialToken": {"id": t, "type_id": 0}} for t in ("[CLS]", "[SEP]")]
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": {
            "strategy": {"Fixed": 16},
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": 0,
            "pad_type_id": 0,
            "pad_token": "[PAD]",
        },
        "added_tokens": [],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [around[0], {"Sequence": {"id": "A", "type_id": 0}}, around[1]],
            "pair": [{"Sequence": {"id": n, "type_id": 0}} for n in "AB"],
            "special_tokens": {
                word: {"id": word, "ids": [WORDS.index(word)], "tokens": [word]}
                for word in ("[CLS]", "[SEP]")
            },
        },
        "decoder": None,
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {word: i for i, word in enumerate(WORDS)},
        },
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    np.save(folder / "table.npy", table)
    return folder


@pytest.fixture(
    params=[
        "hashing",
        "toy",
        pytest.param("sentence", marks=pytest.mark.models),
        pytest.param("universal", marks=pytest.mark.models),
    ]
)
def encoder(request: pytest.FixtureRequest) -> TextEncoder:
    if request.param == "hashing":
        return hashing.plugin.build(hashing.Config())
    if request.param == "toy":
        return sentence.plugin.build(sentence.Config(str(request.getfixturevalue("toy"))))
    if request.param == "sentence":
        return _minilm(request.getfixturevalue("weights"))
    return _universal(request.getfixturevalue("weights"))


@cache
def _minilm(weights: Path) -> TokenEncoder:
    return sentence.plugin.build(sentence.Config(str(weights / "text-encoder")))


@cache
def _universal(weights: Path) -> TextEncoder:
    folder = weights / "use-multilingual"
    if not folder.is_dir():
        pytest.skip("optional weights: `viewfinder models fetch use-multilingual`")
    return universal.plugin.build(universal.Config(str(folder)))


def test_rows_are_unit_float32_in_order(encoder: TextEncoder) -> None:
    found = encoder.encode_text(TEXTS)
    assert found.space == encoder.space
    assert found.rows.dtype == np.float32
    assert found.rows.shape == (len(TEXTS), encoder.space.dimensions)
    assert np.allclose(np.linalg.norm(found.rows, axis=1), 1, atol=1e-5)
    assert np.array_equal(found.rows[0], found.rows[5])
    assert not np.allclose(found.rows[0], found.rows[1])


def test_no_texts_give_no_rows(encoder: TextEncoder) -> None:
    assert encoder.encode_text([]).rows.shape == (0, encoder.space.dimensions)


def test_a_vector_does_not_depend_on_its_neighbours(encoder: TextEncoder) -> None:
    alone = [encoder.encode_text([text]).rows[0] for text in TEXTS]
    assert np.array_equal(encoder.encode_text(TEXTS).rows, alone)


def test_tokens_carry_the_characters_they_came_from(encoder: TextEncoder) -> None:
    if not hasattr(encoder, "encode_tokens"):
        pytest.skip("shows no tokens")
    (rows, offsets), (none, nowhere) = encoder.encode_tokens(["Cats sit, café.", ""])
    assert rows.dtype == np.float32
    assert offsets.dtype == np.int64
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    pieces = ["Cats sit, café."[start:end] for start, end in offsets]
    assert "café" in pieces
    assert "".join(pieces).replace(",", "").replace(".", "") == "Catssitcafé"
    assert none.shape == (0, encoder.space.dimensions)
    assert nowhere.shape == (0, 2)


def test_the_mean_leaves_nothing_out_and_the_first_token_can_stand_alone(toy: Path) -> None:
    table = np.load(toy / "table.npy")
    ids = [1, 6, 7, 8, 2]  # [CLS] cat ##s sit [SEP]
    mean = table[ids].mean(axis=0)
    row = sentence.SentenceEncoder(sentence.Config(str(toy))).encode_text(["cats sit"]).rows[0]
    assert np.allclose(row, mean / np.linalg.norm(mean), atol=1e-6)
    first = sentence.SentenceEncoder(sentence.Config(str(toy), pooling="cls"))
    row = first.encode_text(["cats sit"]).rows[0]
    assert np.allclose(row, table[1] / np.linalg.norm(table[1]), atol=1e-6)


def test_a_prefix_is_seen_by_the_model_and_not_by_the_offsets(toy: Path) -> None:
    plain = sentence.SentenceEncoder(sentence.Config(str(toy)))
    asked = sentence.SentenceEncoder(sentence.Config(str(toy), prefix="query: "))
    assert not np.allclose(plain.encode_text(["cats"]).rows, asked.encode_text(["cats"]).rows)
    _, offsets = asked.encode_tokens(["cats"])[0]
    assert offsets.tolist() == [[0, 3], [3, 4]]
    assert plain.space != asked.space


def test_what_is_beyond_max_tokens_is_not_seen(toy: Path) -> None:
    short = sentence.SentenceEncoder(sentence.Config(str(toy), max_tokens=4))
    rows = short.encode_text(["cats", "cats sit a cat"]).rows
    assert np.array_equal(rows[0], rows[1])
    assert len(short.encode_tokens(["a a a a a"])[0][0]) == 2


def test_other_weights_are_another_space(toy: Path) -> None:
    one = sentence.SentenceEncoder(sentence.Config(str(toy), digests=("1",))).space
    same = sentence.SentenceEncoder(sentence.Config(str(toy), digests=("1",), threads=2)).space
    two = sentence.SentenceEncoder(sentence.Config(str(toy), digests=("2",))).space
    assert one == same
    assert one != two


def test_missing_or_damaged_weights_say_what_to_fetch(tmp_path: Path) -> None:
    with pytest.raises(PluginUnavailable, match="viewfinder models fetch text-encoder"):
        sentence.SentenceEncoder(sentence.Config(str(tmp_path)))
    with pytest.raises(PluginUnavailable, match="viewfinder models fetch use-multilingual"):
        universal.UniversalEncoder(universal.Config(str(tmp_path)))
    for name in ("model.onnx", "tokenizer.json", "weights.npz", "sp.model"):
        (tmp_path / name).write_bytes(b"\x0anot a model")
    with pytest.raises(PluginUnavailable, match=r"model\.onnx"):
        sentence.SentenceEncoder(sentence.Config(str(tmp_path)))
    with pytest.raises(PluginUnavailable, match="multilingual"):
        universal.UniversalEncoder(universal.Config(str(tmp_path)))


def test_a_tokenizer_that_is_none_is_named(toy: Path, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes((toy / "model.onnx").read_bytes())
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(PluginUnavailable, match=r"tokenizer\.json"):
        sentence.SentenceEncoder(sentence.Config(str(tmp_path)))


def test_settings_without_sense_are_refused() -> None:
    with pytest.raises(ConfigError, match="max_tokens"):
        sentence.SentenceEncoder(sentence.Config(max_tokens=2))
    with pytest.raises(ConfigError, match="dimensions"):
        hashing.HashingEncoder(hashing.Config(dimensions=1))


@given(st.lists(st.text(max_size=40), max_size=5), st.integers(2, 64))
def test_hashing_takes_any_text(texts: list[str], dimensions: int) -> None:
    encoder = hashing.HashingEncoder(hashing.Config(dimensions))
    rows = encoder.encode_text(texts).rows
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    for text, (tokens, offsets) in zip(texts, encoder.encode_tokens(texts), strict=True):
        assert len(tokens) == len(offsets)
        assert all(0 <= start < end <= len(text) for start, end in offsets)


def test_hashing_brings_near_what_is_spelled_alike() -> None:
    rows = (
        hashing.HashingEncoder(hashing.Config())
        .encode_text(["the photograph", "photographs", "an invoice"])
        .rows
    )
    assert rows[0] @ rows[1] > 0.5 > rows[0] @ rows[2]


@pytest.mark.models
def test_the_default_encoder_finds_what_means_the_same(weights: Path) -> None:
    rows = (
        _minilm(weights)
        .encode_text(
            ["How do I reset my password?", "recover a forgotten login", "a cat sleeps on the sofa"]
        )
        .rows
    )
    assert rows[0] @ rows[1] > 0.5 > 0.2 > rows[0] @ rows[2]


@pytest.mark.models
def test_a_question_in_one_language_finds_the_answer_in_another(weights: Path) -> None:
    encoder = _universal(weights)
    asked = encoder.encode_text(
        ["Wo ist die Bibliothek?", "Combien coûte le projet ?", "¿De qué color es la camisa?"]
    ).rows
    said = encoder.encode_text(
        [
            "The library is on the left side of the street.",
            "The project will cost twelve euros per unit.",
            "She wore a blue shirt that day.",
        ]
    ).rows
    assert (asked @ said.T).argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.models
@pytest.mark.parametrize("text", ["", "👍🏽 ok", "e\u0301té “½” ①", "สวัสดี 東京 2024", "x " * 2000])
def test_any_script_has_a_multilingual_vector(weights: Path, text: str) -> None:
    row = _universal(weights).encode_text([text]).rows[0]
    assert np.isclose(np.linalg.norm(row), 1, atol=1e-5)
