"""A model that was trained with Skipscope, in plain PyTorch: the whole of it, in this one file.

It needs Python 3.8 and PyTorch 1.13 or later, and nothing else. On the command line, for the folder that this file lies in:

    python modeling_skipscope.py --prompt "The " --tokens 100

In a program:

    import torch
    from modeling_skipscope import Skipscope, loss

    model = Skipscope.from_folder("path/to/folder")
    ids = model.tokenizer.encode("The ")
    logits = model(torch.tensor([ids]))                   # [1, tokens, vocabulary]
    print(model.tokenizer.decode(model.generate(ids, 100)))

The model is a decoder-only transformer (Vaswani et al. 2017, arXiv 1706.03762) with the norms before the sublayers (Xiong et al. 2020,
arXiv 2002.04745). What sets it apart is the wiring. `reads[layer][head]` lists what a head attends to: slots of two numbers each, the layer
whose keys it meets and the layer whose values it takes. All slots of a head stand under one softmax. So, in layer l,

    [[l, l]]            is the ordinary transformer;
    [[l-2, l-2]]        in some of the heads is Skip-Layer Attention (arXiv 2406.11274);
    [[l, l], [l-1, l-1]] lets a head weigh its own layer against the one below, and its attention says how much it reads back;
    [[c, c]]            with one c for several layers is Cross-Layer Attention (Brandon et al. 2024, arXiv 2405.12981);
    [[l, 0]]            takes the values of the first layer (compare Zhou et al. 2024, arXiv 2410.17897).

An earlier layer's keys and values are those that it made for itself: a head that reads them adds no parameters.

To go on training here:

    model.train()
    optimizer = torch.optim.AdamW(parameter_groups(model), lr=1e-3, betas=(0.9, 0.95))
    loss(model(tokens), targets).backward()               # both [batch, tokens]; a target of -1 does not count
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()

and `model.save("new-folder")` writes a folder that Skipscope reads. `Skipscope(config)` alone starts from fresh weights.

The files of the folder: `config.json` (the shape, see `Config`), `model.safetensors` (the weights, named as in `model.state_dict()`),
`tokenizer.json` (text to numbers and back) and, of a training run, `loss.csv` (a row a step: loss before the update and held-out loss after
it, in nats a token, accuracy where there are answers, rate, gradient norm, milliseconds so far), `run.json` and `optimizer.safetensors`
(what Skipscope needs to go on).

Axes in the comments: B batch, T tokens, D model width, H heads, G key/value heads, E = D/H head width, V vocabulary.
"""
from __future__ import annotations

import argparse
import dataclasses
import json
import math
import struct
import sys
from array import array
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn


# ---- The shape ---------------------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Config:
    """`config.json`. Raises a ValueError that names the field when the numbers cannot belong together."""

    vocab_size: int
    context_length: int  # the most tokens that the model sees at once
    n_layers: int
    n_heads: int
    n_kv_heads: int  # divides n_heads; each key/value head serves n_heads / n_kv_heads heads (Ainslie et al. 2023, arXiv 2305.13245)
    d_model: int
    d_ff: int
    reads: list  # [layer][head] -> [[key layer, value layer], ...]
    norm: str = "layernorm"  # or "rmsnorm"
    norm_eps: float = 1e-5
    activation: str = "gelu"  # or "relu", "relu2", "silu", "swiglu"
    positions: str = "learned"  # or "rope", "none"
    rope_theta: float = 10000.0
    bias: bool = True
    tie_embeddings: bool = False  # the output projection is the token embedding (Press and Wolf 2016, arXiv 1608.05859)
    dropout: float = 0.0
    model_type: str = "skipscope"

    @classmethod
    def from_file(cls, path) -> Config:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
        unknown = set(values) - {field.name for field in dataclasses.fields(cls)}
        if unknown:
            raise ValueError(f"{path} has the fields {sorted(unknown)}, which this version does not know.")
        return cls(**values)

    @property
    def head_width(self) -> int:
        return self.d_model // self.n_heads

    def __post_init__(self) -> None:
        choices = {
            "model_type": ["skipscope"],
            "norm": ["layernorm", "rmsnorm"],
            "activation": ["gelu", "relu", "relu2", "silu", "swiglu"],
            "positions": ["learned", "rope", "none"],
        }
        for field, allowed in choices.items():
            if getattr(self, field) not in allowed:
                raise ValueError(f"{field} is {getattr(self, field)!r}; it must be one of {allowed}.")
        if self.d_model % self.n_heads or self.n_heads % self.n_kv_heads:
            raise ValueError("n_heads must divide d_model, and n_kv_heads must divide n_heads.")
        if self.positions == "rope" and self.head_width % 2:
            raise ValueError(f"rope turns the halves of a head together, so d_model / n_heads must be even; it is {self.head_width}.")
        if len(self.reads) != self.n_layers or any(len(heads) != self.n_heads for heads in self.reads):
            raise ValueError(f"reads must list {self.n_heads} heads for each of {self.n_layers} layers.")
        for layer, heads in enumerate(self.reads):
            for head, slots in enumerate(heads):
                if not slots or any(len(slot) != 2 or not all(0 <= read <= layer for read in slot) for slot in slots):
                    raise ValueError(f"reads[{layer}][{head}] is {slots}: pairs [key layer, value layer] from 0 to {layer} are due.")


# ---- The model ---------------------------------------------------------------------------------------------------------------------------


class Norm(nn.Module):
    """Layer normalisation (Ba et al. 2016, arXiv 1607.06450), or by root mean square alone (Zhang and Sennrich 2019, arXiv 1910.07467)."""

    def __init__(self, c: Config):
        super().__init__()
        self.centred, self.eps = c.norm == "layernorm", c.norm_eps
        self.weight = nn.Parameter(torch.ones(c.d_model))
        self.bias = nn.Parameter(torch.zeros(c.d_model)) if self.centred and c.bias else None

    def forward(self, x: Tensor) -> Tensor:
        if self.centred:
            return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


class Rope(nn.Module):
    """Rotary positions (Su et al. 2021, arXiv 2104.09864): entry i of a head turns together with entry i + E/2, as in Llama."""

    def __init__(self, c: Config):
        super().__init__()
        E = c.head_width
        rates = c.rope_theta ** (-torch.arange(0, E, 2, dtype=torch.float64) / E)
        angles = torch.arange(c.context_length, dtype=torch.float64)[:, None] * rates
        self.register_buffer("cos", angles.cos().float(), persistent=False)  # [context, E/2]; no parameters, so not in the file
        self.register_buffer("sin", angles.sin().float(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:  # [B, heads, T, E]
        T = x.shape[-2]
        cos, sin = self.cos[:T].to(x.dtype), self.sin[:T].to(x.dtype)
        first, second = x.chunk(2, dim=-1)
        return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


class Attention(nn.Module):
    """One layer of heads, each reading the layers that `reads` gives it."""

    def __init__(self, c: Config, layer: int):
        super().__init__()
        H, G, E = c.n_heads, c.n_kv_heads, c.head_width
        self.heads, self.kv_heads, self.width, self.dropout = H, G, E, c.dropout
        self.q = nn.Linear(c.d_model, H * E, bias=c.bias)
        self.k = nn.Linear(c.d_model, G * E, bias=c.bias)
        self.v = nn.Linear(c.d_model, G * E, bias=c.bias)
        self.o = nn.Linear(H * E, c.d_model, bias=c.bias)
        # Heads that read the same slots are computed together: slots -> heads.
        self.groups: dict = {}
        for head, slots in enumerate(c.reads[layer]):
            self.groups.setdefault(tuple(map(tuple, slots)), []).append(head)

    def forward(self, x: Tensor, keys: list, values: list, rope: Rope | None, patterns: list | None) -> Tensor:
        """x [B, T, D] -> [B, T, D]. Adds this layer's keys and values [B, G, T, E] to the lists, which hold those of all layers below."""
        B, T, _ = x.shape
        q = self.q(x).view(B, T, self.heads, self.width).transpose(1, 2)
        k = self.k(x).view(B, T, self.kv_heads, self.width).transpose(1, 2)
        v = self.v(x).view(B, T, self.kv_heads, self.width).transpose(1, 2)
        if rope is not None:
            q, k = rope(q), rope(k)  # keys are kept as they are after their rotation, whoever reads them later
        keys.append(k)
        values.append(v)

        future = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1)
        outputs, seen = [x] * self.heads, [x] * self.heads  # every entry is replaced below
        for slots, heads in self.groups.items():
            kv = [head // (self.heads // self.kv_heads) for head in heads]
            read_keys = torch.cat([keys[key_layer][:, kv] for key_layer, _ in slots], 2)  # [B, heads, slots*T, E]
            read_values = torch.cat([values[value_layer][:, kv] for _, value_layer in slots], 2)
            scores = q[:, heads] @ read_keys.transpose(-2, -1) / math.sqrt(self.width)  # [B, heads, T, slots*T]
            scores = scores.masked_fill(future.repeat(1, len(slots)), -math.inf)
            pattern = scores.softmax(-1)  # one softmax over all slots
            mixed = F.dropout(pattern, self.dropout, self.training) @ read_values  # [B, heads, T, E]
            for i, head in enumerate(heads):
                outputs[head], seen[head] = mixed[:, i], pattern[:, i]
        if patterns is not None:
            patterns.append(seen)
        return self.o(torch.stack(outputs, 2).flatten(2))


class Mlp(nn.Module):
    """down(act(up(x))), or with a gate down(silu(gate(x)) * up(x)) (Shazeer 2020, arXiv 2002.05202)."""

    ACTIVATIONS = {
        "gelu": lambda x: F.gelu(x, approximate="tanh"),  # Hendrycks and Gimpel 2016, arXiv 1606.08415
        "relu": F.relu,
        "relu2": lambda x: F.relu(x).square(),  # So et al. 2021, arXiv 2109.08668
        "silu": F.silu,
    }

    def __init__(self, c: Config):
        super().__init__()
        self.gate = nn.Linear(c.d_model, c.d_ff, bias=c.bias) if c.activation == "swiglu" else None
        self.up = nn.Linear(c.d_model, c.d_ff, bias=c.bias)
        self.down = nn.Linear(c.d_ff, c.d_model, bias=c.bias)
        self.activation = self.ACTIVATIONS.get(c.activation)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.activation(self.up(x)) if self.gate is None else F.silu(self.gate(x)) * self.up(x)
        return self.down(hidden)


class Block(nn.Module):
    """A layer: attention and MLP, each added to the stream that passes through."""

    def __init__(self, c: Config, layer: int):
        super().__init__()
        self.attn_norm = Norm(c)
        self.attn = Attention(c, layer)
        self.mlp_norm = Norm(c)
        self.mlp = Mlp(c)
        self.dropout = c.dropout

    def forward(self, x: Tensor, keys: list, values: list, rope: Rope | None, patterns: list | None) -> Tensor:
        x = x + F.dropout(self.attn(self.attn_norm(x), keys, values, rope, patterns), self.dropout, self.training)
        return x + F.dropout(self.mlp(self.mlp_norm(x)), self.dropout, self.training)


class Skipscope(nn.Module):
    """The whole model. `config` says its shape; weights are fresh until some are loaded. Without a tokenizer only numbers go in and out."""

    def __init__(self, config: Config, tokenizer: Tokenizer | None = None):
        super().__init__()
        c = config
        self.config, self.tokenizer = c, tokenizer
        self.tok_emb = nn.Embedding(c.vocab_size, c.d_model)
        self.pos_emb = nn.Embedding(c.context_length, c.d_model) if c.positions == "learned" else None
        self.rope = Rope(c) if c.positions == "rope" else None
        self.blocks = nn.ModuleList(Block(c, layer) for layer in range(c.n_layers))
        self.final_norm = Norm(c)
        self.lm_head = None if c.tie_embeddings else nn.Linear(c.d_model, c.vocab_size, bias=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weights normal with deviation 0.02, what adds to the stream 0.02/sqrt(2 layers) (Radford et al. 2019), biases 0, norms 1."""
        for name, parameter in self.named_parameters():
            if parameter.dim() == 1:
                nn.init.constant_(parameter, 1.0 if name.endswith("norm.weight") else 0.0)
            else:
                adds = name.endswith(("attn.o.weight", "mlp.down.weight"))
                nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * self.config.n_layers) if adds else 0.02)

    @classmethod
    def from_folder(cls, folder, device=None) -> Skipscope:
        """The model of a folder with its weights and tokenizer, ready to be used: call `train()` to train it."""
        folder = Path(folder)
        has_tokenizer = (folder / "tokenizer.json").exists()
        model = cls(Config.from_file(folder / "config.json"), Tokenizer.from_folder(folder) if has_tokenizer else None)
        model.load_state_dict(read_safetensors(folder / "model.safetensors"))
        return model.eval().to(device)

    def forward(self, tokens: Tensor, patterns: list | None = None) -> Tensor:
        """tokens [B, T] -> logits [B, T, V].

        A list given as `patterns` receives for each layer a list of its heads' attention [B, T, slots*T]. The last axis has a part for each
        slot, so `patterns[layer][head].unflatten(-1, (-1, T)).sum(-1).mean((0, 1))` is how much the head gives to each of
        `config.reads[layer][head]`.
        """
        T = tokens.shape[1]
        if not 1 <= T <= self.config.context_length:
            raise ValueError(f"{T} tokens were given; this model takes 1 to {self.config.context_length} at a time.")
        x = self.tok_emb(tokens)
        if self.pos_emb is not None:
            x = x + self.pos_emb.weight[:T]
        x = F.dropout(x, self.config.dropout, self.training)
        keys, values = [], []  # of every layer so far: what this layer and the later ones may read
        for block in self.blocks:
            x = block(x, keys, values, self.rope, patterns)
        head = self.tok_emb if self.lm_head is None else self.lm_head
        return F.linear(self.final_norm(x), head.weight)

    @torch.no_grad()
    def generate(self, ids: list, tokens: int, temperature: float = 0.0, top_k: int = 0, generator: torch.Generator | None = None) -> list:
        """The next `tokens` token numbers after `ids`.

        Temperature 0 takes the likeliest each time, and the lowest number among equals. `top_k` above 0 draws from that many likeliest
        (Fan et al. 2018, arXiv 1805.04833). A text that outgrows the context goes on from its last half context, read anew from position 0.
        Numbers that the tokenizer cannot write are never chosen. For clarity nothing is kept between tokens: each is a whole forward pass.
        """
        if len(ids) == 0:
            raise ValueError("The prompt is empty: give at least one token.")
        context, device = self.config.context_length, self.tok_emb.weight.device
        known = self.tokenizer.size if self.tokenizer else self.config.vocab_size
        was_training = self.training
        self.eval()
        window, new = list(ids), []
        for _ in range(tokens):
            if len(window) > context:
                window = window[-max(1, context // 2) :]
            logits = self(torch.tensor([window], device=device))[0, -1, :known].float().cpu()
            chosen = int(logits.argmax()) if temperature == 0 else self._draw(logits / temperature, top_k, generator)
            new.append(chosen)
            window.append(chosen)
        self.train(was_training)
        return new

    @staticmethod
    def _draw(logits: Tensor, top_k: int, generator: torch.Generator | None) -> int:
        likeliest = logits.sort(descending=True, stable=True)
        count = min(top_k, len(logits)) if top_k > 0 else len(logits)
        place = torch.multinomial(likeliest.values[:count].softmax(-1), 1, generator=generator)
        return int(likeliest.indices[place])

    def save(self, folder) -> None:
        """Writes a new folder that Skipscope reads: config.json, model.safetensors and, where there is a tokenizer, tokenizer.json."""
        folder = Path(folder)
        folder.mkdir(parents=True)  # never over an earlier run, whose other files would no longer fit the weights
        (folder / "config.json").write_text(json.dumps(dataclasses.asdict(self.config)), encoding="utf-8")
        write_safetensors(folder / "model.safetensors", self.state_dict())
        if self.tokenizer:
            (folder / "tokenizer.json").write_text(json.dumps(self.tokenizer.file), encoding="utf-8")


def loss(logits: Tensor, targets: Tensor) -> Tensor:
    """logits [B, T, V], targets [B, T] -> mean cross-entropy in nats over the targets that are not -1."""
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)


def parameter_groups(model: nn.Module, weight_decay: float = 0.1) -> list:
    """For torch.optim.AdamW (Loshchilov and Hutter 2017, arXiv 1711.05101): matrices decay, biases and norms do not."""
    matrices = [parameter for parameter in model.parameters() if parameter.dim() >= 2]
    vectors = [parameter for parameter in model.parameters() if parameter.dim() < 2]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]


# ---- Text --------------------------------------------------------------------------------------------------------------------------------


class Tokenizer:
    """`tokenizer.json` as Skipscope writes it: "characters", "bytes" (of UTF-8), or "words" (a task's symbols with white space between)."""

    KINDS = {("WordLevel", "Split"): "characters", ("WordLevel", "WhitespaceSplit"): "words", ("BPE", "ByteLevel"): "bytes"}

    def __init__(self, file: dict):
        kind = (file["model"]["type"], (file.get("pre_tokenizer") or {}).get("type"))
        if kind not in self.KINDS or file["model"].get("merges"):
            raise ValueError("tokenizer.json is of another kind than Skipscope writes: characters, bytes or words are due.")
        self.file, self.kind = file, self.KINDS[kind]
        self.ids = file["model"]["vocab"]  # token -> number
        self.tokens = sorted(self.ids, key=self.ids.get)  # number -> token
        self.size = len(self.tokens)
        if [self.ids[token] for token in self.tokens] != list(range(self.size)):
            raise ValueError("tokenizer.json: the numbers of the vocabulary must run from 0 without gaps, each once.")

    @classmethod
    def from_folder(cls, folder) -> Tokenizer:
        return cls(json.loads((Path(folder) / "tokenizer.json").read_text(encoding="utf-8")))

    def encode(self, text: str) -> list:
        """Raises a ValueError that names the first character or word outside the vocabulary."""
        if self.kind == "bytes":
            return list(text.encode("utf-8"))
        pieces = text if self.kind == "characters" else text.split()
        for piece in pieces:
            if piece not in self.ids:
                raise ValueError(f"{piece!r} is not among the {self.size} {self.kind} of this model: leave it out.")
        return [self.ids[piece] for piece in pieces]

    def decode(self, ids: list) -> str:
        for i in ids:
            if not 0 <= i < self.size:
                raise ValueError(f"Token {i} is outside the vocabulary: its numbers are 0 to {self.size - 1}.")
        if self.kind == "bytes":
            return bytes(ids).decode("utf-8", errors="replace")
        return ("" if self.kind == "characters" else " ").join(self.tokens[i] for i in ids)


# ---- Weights -----------------------------------------------------------------------------------------------------------------------------

# The safetensors format (github.com/huggingface/safetensors): eight bytes with the length of a JSON header, the header, the numbers.
SAFETENSORS_TYPES = {"F32": torch.float32, "F64": torch.float64}


def read_safetensors(path) -> dict:
    """Name -> tensor. Reads what Skipscope writes; raises a ValueError on a file that is cut off or of other types."""
    with open(path, "rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 0 < length < 100_000_000:
            raise ValueError(f"{path} is not a safetensors file.")
        header = json.loads(file.read(length))
        tensors = {}
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            if entry["dtype"] not in SAFETENSORS_TYPES:
                raise ValueError(f"{path}: {name} is of type {entry['dtype']}; F32 is due.")
            begin, end = entry["data_offsets"]
            file.seek(8 + length + begin)
            data = bytearray(file.read(end - begin))
            if len(data) < end - begin:
                raise ValueError(f"{path} is cut off: copy or export it again.")
            tensors[name] = torch.frombuffer(data, dtype=SAFETENSORS_TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def write_safetensors(path, tensors: dict) -> None:
    """Tensors of any float type, written as F32."""
    header, blocks, end = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in tensors.items():
        blocks.append(array("f", tensor.detach().float().flatten().tolist()).tobytes())
        begin, end = end, end + len(blocks[-1])
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blocks))


# ---- The command line --------------------------------------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description="Continues a text with a model that was trained with Skipscope.")
    parser.add_argument("folder", nargs="?", default=Path(__file__).parent, help="the model's folder; without it, the one of this file")
    parser.add_argument("--prompt", required=True, help="the text to continue")
    parser.add_argument("--tokens", type=int, default=100, help="how many tokens to write (100)")
    parser.add_argument("--temperature", type=float, default=0.0, help="0, the default, always takes the likeliest token")
    parser.add_argument("--top-k", type=int, default=0, help="draw from so many likeliest tokens; 0, the default, from all")
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same text (1)")
    parser.add_argument("--device", help='such as "cuda"; without it, the processor')
    options = parser.parse_args()
    try:
        model = Skipscope.from_folder(options.folder, options.device)
        if model.tokenizer is None:
            raise ValueError(f"{options.folder} has no tokenizer.json: this model knows numbers alone.")
        ids = model.tokenizer.encode(options.prompt)
        generator = torch.Generator().manual_seed(options.seed)
        new = model.generate(ids, options.tokens, options.temperature, options.top_k, generator)
        print(model.tokenizer.decode(ids + new))
    except (OSError, ValueError, RuntimeError) as error:
        sys.exit(f"{type(error).__name__}: {error}" if isinstance(error, RuntimeError) else str(error))


if __name__ == "__main__":
    main()
