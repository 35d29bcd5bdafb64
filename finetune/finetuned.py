"""An encoder with a head, as one module and as a folder: the model as the encoder's own folder has it, and

head.safetensors   the weights of the head
task.json          what they are for (spec.py); written last, so that a folder which has it is whole
"""

from __future__ import annotations

from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from finetune.encoder import Encoder, encoder
from finetune.encoder import save as save_encoder
from finetune.heads import head
from finetune.spec import TASK, Spec, read_spec, write_spec
from pretrain.batch import Batch
from pretrain.folder import MODEL
from tools.errors import UserError
from tools.shards import atomic
from vocab.tokenizer import Tokenizer

HEAD = "head.safetensors"


class Finetuned(nn.Module):
    """A model with a head for a task."""

    def __init__(self, encoder: Encoder, spec: Spec, dropout: float = 0.1, seed: int = 0) -> None:
        super().__init__()
        self.encoder, self.spec = encoder, spec
        self.model = encoder.model
        self.head = head(spec, encoder, dropout, seed)

    @property
    def tokenizer(self) -> Tokenizer:
        """What cuts its texts."""
        return self.encoder.tokenizer

    def forward(self, batch: Batch) -> Tensor:
        """The logits of each row, [rows, outputs], or of each token, [rows, width, outputs]."""
        logits: Tensor = self.head(self.model.hidden(batch), batch)  # type: ignore[operator]
        return logits


def save_finetuned(model: Finetuned, folder: Path) -> None:
    """Write a model with its head into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TASK).unlink(missing_ok=True)
    save_encoder(model.encoder, folder)
    weights = {name: tensor.detach().float().cpu().contiguous() for name, tensor in model.head.state_dict().items()}
    with atomic(folder / HEAD) as file:
        file.write(safetensors.torch.save(weights, {"format": "pt"}))
    write_spec(model.spec, folder)


def load_finetuned(folder: Path, *, device: str | torch.device = "cpu", dropout: float = 0.1) -> Finetuned:
    """The model that `save_finetuned` wrote into a folder, or into its `model`, as stages leave it."""
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; give what finetune train made")
    at = folder / MODEL if (folder / MODEL / TASK).is_file() else folder
    model = Finetuned(encoder(at, dropout), read_spec(at), dropout)
    try:
        model.head.load_state_dict(safetensors.torch.load_file(at / HEAD))
    except (SafetensorError, OSError, RuntimeError) as error:
        why = str(error).partition("\n")[0]
        raise UserError(f"{at / HEAD}: is not the head of this model ({why}); train it again") from None
    return model.to(device).eval()
