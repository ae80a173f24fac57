"""Draws a tiny SigLIP with random weights, exports it, and notes what the original gives.

    python tests/unit/adapters/encoders/siglip2/make.py

Needs torch, transformers and onnx, which the project itself does not use. The parity test
holds our loading code against the numbers written here.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from transformers import PreTrainedTokenizerFast, SiglipConfig, SiglipModel
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

HERE = Path(__file__).parent
LENGTH, SIDE, WIDTH = 16, 32, 24
TEXTS = (
    "a red car on a wet road",
    "Two Dogs and a CAT",
    "",
    "a text that is a good deal longer than the sixteen tokens which fit into this tower",
)


def picture(height: int, width: int, seed: int) -> np.ndarray:
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((x * (3 + seed) + y * (5 + c) + x * y // (7 + c)) % 256).astype(np.uint8)


def tokenizer() -> Tokenizer:
    made = Tokenizer(BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=False))
    made.normalizer = normalizers.Replace(" ", "▁")
    made.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    special = ["<pad>", "<eos>", "<bos>", "<unk>"]
    made.train_from_iterator(
        [t.lower() for t in TEXTS * 3], BpeTrainer(vocab_size=120, special_tokens=special)
    )
    made.post_processor = processors.TemplateProcessing("$A <eos>", special_tokens=[("<eos>", 1)])
    made.decoder = decoders.Replace("▁", " ")
    return made


def main() -> None:
    torch.manual_seed(7)
    reader = tokenizer()
    reader.save(str(HERE / "tokenizer.json"))
    shape = {"hidden_size": WIDTH, "intermediate_size": 32}
    shape |= {"num_hidden_layers": 2, "num_attention_heads": 2}
    config = SiglipConfig(
        text_config=dict(
            shape,
            vocab_size=reader.get_vocab_size(),
            max_position_embeddings=LENGTH,
            projection_size=WIDTH,
            pad_token_id=0,
            eos_token_id=1,
            bos_token_id=2,
        ),
        vision_config=dict(shape, image_size=SIDE, patch_size=8),
    )
    model = SiglipModel(config).eval()
    with torch.no_grad():
        for value in model.parameters():
            value.copy_(torch.randn_like(value) * 0.2)
    settings = {
        "do_resize": True,
        "size": {"height": SIDE, "width": SIDE},
        "resample": 2,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    (HERE / "preprocessor_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    images = [picture(48, 64, 1), picture(90, 31, 4), picture(32, 32, 9)]
    pixels = SiglipImageProcessorPil(**settings)(
        [Image.fromarray(i) for i in images], return_tensors="pt"
    )["pixel_values"]
    fast = PreTrainedTokenizerFast(
        tokenizer_object=reader, pad_token="<pad>", eos_token="<eos>", padding_side="right"
    )
    ids = fast(
        [t.lower() for t in TEXTS],
        padding="max_length",
        truncation=True,
        max_length=LENGTH,
        return_tensors="pt",
    )["input_ids"]
    with torch.no_grad():
        seen = model.vision_model(pixel_values=pixels).pooler_output
        read = model.text_model(input_ids=ids).pooler_output
    for name, tower, argument, example in (
        ("vision_model", model.vision_model, "pixel_values", pixels[:1]),
        ("text_model", model.text_model, "input_ids", ids[:1]),
    ):
        torch.onnx.export(
            Pooled(tower, argument),
            (example,),
            str(HERE / f"{name}.onnx"),
            input_names=[argument],
            output_names=["pooler_output"],
            dynamic_axes={argument: {0: "n"}, "pooler_output": {0: "n"}},
            dynamo=False,
        )
    reference = {"pictures": seen.numpy().tolist(), "texts": read.numpy().tolist()}
    (HERE / "reference.json").write_text(json.dumps(reference) + "\n")


class Pooled(torch.nn.Module):
    def __init__(self, tower: torch.nn.Module, argument: str) -> None:
        super().__init__()
        self.tower, self.argument = tower, argument

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.tower(**{self.argument: x}).pooler_output


if __name__ == "__main__":
    main()
